//! Text that a domain publishes about its mail: records of MTA-STS, TLS reports, SPF, DKIM and DMARC, policies, and documents
//! of programs that set themselves up.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_probe::dns::text_record;
use midwatch_probe::mail::{autoconfig, dkim, dmarc, mta_sts, spf, tls_rpt};

fuzz_target!(|data: &[u8]| {
    let _ = text_record(data);
    let text = String::from_utf8_lossy(data).into_owned();
    let (policy, _) = mta_sts::policy(&text);
    for pattern in &policy.mx {
        let _ = mta_sts::names(pattern, "mx.shop.example");
    }
    let _ = autoconfig::document(&text);
    let _ = (spf::is_ours(&text), spf::record(&text));
    let texts: Vec<String> = text.split('\n').take(4).map(str::to_owned).collect();
    let _ = (mta_sts::record(&texts), tls_rpt::record(&texts), dkim::key(&texts), dmarc::record(&texts));
});
