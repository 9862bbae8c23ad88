-- Asks for the pages of the benchmark in turn: /page/0.html, /page/1.html, and so on, from PAGES on again.
local pages = tonumber(os.getenv("PAGES"))
local following = -1

function request()
    following = (following + 1) % pages
    return wrk.format("GET", "/page/" .. following .. ".html")
end
