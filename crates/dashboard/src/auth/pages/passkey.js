"use strict";
// Passkeys: the one thing of these pages that needs a script. Forms with data-passkey ask the browser for one.
(() => {
  if (!window.PublicKeyCredential) return;
  const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const send = async (form, path, body) => {
    const answer = await fetch(path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json", "x-csrf-token": form.elements.namedItem("csrf").value },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail || said.title || "The server says no.");
    return said;
  };
  const get = async (options) => {
    const made = await navigator.credentials.get({
      publicKey: {
        challenge: octets(options.challenge),
        rpId: options.rpId,
        userVerification: options.userVerification,
        allowCredentials: options.allow.map((id) => ({ type: "public-key", id: octets(id) })),
        timeout: 300000,
      },
    });
    const answer = made.response;
    return {
      id: text(made.rawId),
      clientDataJSON: text(answer.clientDataJSON),
      authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature),
      userHandle: answer.userHandle ? text(answer.userHandle) : null,
    };
  };
  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: octets(options.challenge),
        rp: { id: options.rpId, name: "midwatch" },
        user: { id: octets(options.user.id), name: options.user.name, displayName: options.user.name },
        pubKeyCredParams: options.algorithms.map((alg) => ({ type: "public-key", alg })),
        excludeCredentials: options.exclude.map((id) => ({ type: "public-key", id: octets(id) })),
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        attestation: "none",
        timeout: 300000,
      },
    });
    return {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
    };
  };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = form.querySelector("[role=status]");
      said.textContent = "Waiting for the passkey.";
      try {
        const path = form.getAttribute("action");
        const field = (name) => (form.elements.namedItem(name) ? form.elements.namedItem(name).value : "");
        const options = await send(form, path + "/options", { next: field("next") });
        const answer = options.user ? await create(options) : await get(options);
        const done = await send(form, path, { ...answer, name: field("name") });
        window.location.assign(done.next);
      } catch (error) {
        said.textContent = error.name === "NotAllowedError" ? "No passkey was given, or it took too long." : error.message;
      }
    });
  }
})();
