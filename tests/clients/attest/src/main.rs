// SPDX-License-Identifier: GPL-2.0-only
//! Asks for an attestation report as a real client does, and judges it with virtee's `sev`
//! crate: parses it, follows its signature to a root that is known from elsewhere, and sees
//! to it that nothing else verifies.
//!
//! ```text
//! attest ioctl|configfs ROOT
//! ```
//!
//! ROOT is a file with the modulus of the root key, big-endian. Prints name=value lines.
//! Exit status: 0 if all is as it has to be, 1 with a sentence if not.

mod extension;

use std::convert::TryInto;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use sev::certs::snp::{builtin, ca, Certificate, Chain, Verifiable};
use sev::firmware::guest::{AttestationReport, Firmware};
use sev::firmware::host::CertTableEntry;
use sev::parser::ByteParser;

/// Whatever went wrong, in words.
type Failure = Box<dyn std::error::Error>;

/// What signs; what follows is the signature.
const SIGNED: usize = 0x2a0;
/// Offset of the second number of the signature.
const SECOND: usize = SIGNED + 72;

/// A report, and the certificates that came with it.
struct Evidence {
    report: Vec<u8>,
    certs: Vec<CertTableEntry>,
}

/// By the device node.
fn by_ioctl(nonce: [u8; 64]) -> Result<Evidence, Failure> {
    let (report, certs) = Firmware::open()?.get_ext_report(None, Some(nonce), Some(0))?;
    Ok(Evidence { report, certs: certs.ok_or("the host has no certificates")? })
}

/// By files.
fn by_configfs(nonce: [u8; 64]) -> Result<Evidence, Failure> {
    let name = format!("/sys/kernel/config/tsm/report/attest-{}", std::process::id());
    let entry = Path::new(&name);

    fs::create_dir(entry)?;
    let read = || -> Result<Evidence, Failure> {
        let provider = fs::read_to_string(entry.join("provider"))?;
        if provider.trim() != "sev_guest" {
            return Err(format!("reports come from '{}'", provider.trim()).into());
        }
        fs::write(entry.join("inblob"), nonce)?;
        let report = fs::read(entry.join("outblob"))?;
        let mut table = fs::read(entry.join("auxblob"))?;
        let generation = fs::read_to_string(entry.join("generation"))?;
        if generation.trim() != "1" {
            return Err(format!("generation {} after one write", generation.trim()).into());
        }
        // The crate looks for the end of the table without knowing how long it is.
        table.extend([0; 24]);
        let certs = CertTableEntry::vec_bytes_to_cert_table(&mut table)?;
        Ok(Evidence { report, certs })
    };
    let evidence = read();
    fs::remove_dir(entry)?;
    evidence
}

/// Whether the key at the top is the one that we know.
fn check_root(ark: &Certificate, known: &[u8]) -> Result<(), Failure> {
    if ark.public_key()?.rsa()?.n().to_vec() != known {
        return Err("the chain leads to another root".into());
    }
    Ok(())
}

/// Who the key belongs to: the chip (a VCEK) or a cloud (a VLEK), as the report says.
fn check_owner(der: &[u8], report: &AttestationReport) -> Result<(), Failure> {
    let chip = extension::bytes(der, extension::CHIP);
    let cloud = extension::text(der, extension::CLOUD);

    match (report.key_info.signing_key(), chip, cloud) {
        (0, Some(chip), None) => {
            let len = if report.reported_tcb.fmc.is_some() { 8 } else { 64 };
            if chip.len() != len || chip != &report.chip_id[..len] {
                return Err("the VCEK is for another chip".into());
            }
        }
        (1, None, Some(cloud)) => {
            if cloud.is_empty() {
                return Err("the VLEK is nobody's".into());
            }
        }
        (signer, ..) => return Err(format!("certificate of another kind than {signer}").into()),
    }
    Ok(())
}

/// The crate looks at keys only. What the certificate says has to fit the report, too.
fn check_vek(vek: &Certificate, report: &AttestationReport) -> Result<(), Failure> {
    let der = vek.to_der()?;
    let tcb = report.reported_tcb;
    let mut parts = vec![
        ("boot loader", extension::BOOT_LOADER, tcb.bootloader),
        ("TEE", extension::TEE, tcb.tee),
        ("SNP", extension::SNP, tcb.snp),
        ("microcode", extension::MICROCODE, tcb.microcode),
    ];
    if let Some(fmc) = tcb.fmc {
        parts.push(("FMC", extension::FMC, fmc));
    }
    for (name, oid, want) in parts {
        if extension::number(&der, oid) != Some(want) {
            return Err(format!("the certificate is for another version of {name}").into());
        }
    }
    if tcb.fmc.is_none() && extension::number(&der, extension::FMC).is_some() {
        return Err("the certificate has an FMC, the report has none".into());
    }
    check_owner(&der, report)
}

/// Whether the key has signed these bytes and the crate can make sense of them.
fn is_good(vek: &Certificate, report: &[u8]) -> bool {
    AttestationReport::from_bytes(report).is_ok_and(|parsed| (vek, &parsed).verify().is_ok())
}

/// Turns single bits over, in every field and in the signature. Returns how many there were.
fn check_changed(vek: &Certificate, report: &[u8]) -> Result<usize, Failure> {
    let ranges = [(0, SIGNED), (SIGNED, SIGNED + 48), (SECOND, SECOND + 48)];
    let places = ranges.iter().flat_map(|&(first, last)| (first..last).step_by(8));
    let mut count = 0;

    for place in places {
        let mut changed = report.to_vec();
        changed[place] ^= 1 << (place / 8 % 8);
        if is_good(vek, &changed) {
            return Err(format!("it verifies with a changed byte at {place:#x}").into());
        }
        count += 1;
    }
    Ok(count)
}

/// Chains that have to be refused.
fn check_other_chains(chain: &Chain, report: &AttestationReport) -> Result<(), Failure> {
    let ca = &chain.ca;
    let vendors = ca::Chain { ark: builtin::milan::ark()?, ask: builtin::milan::ask()? };
    let upside_down = ca::Chain { ark: ca.ask.clone(), ask: ca.ark.clone() };
    let wrong = [
        ("the vendor's root", Chain { ca: vendors, vek: chain.vek.clone() }),
        ("a chain upside down", Chain { ca: upside_down, vek: chain.vek.clone() }),
        ("a VCEK that is none", Chain { ca: ca.clone(), vek: ca.ark.clone() }),
    ];

    for (name, other) in wrong {
        if (&other, report).verify().is_ok() {
            return Err(format!("it verifies with {name}").into());
        }
    }
    Ok(())
}

fn attest(way: &str, root: &str) -> Result<(), Failure> {
    let nonce: [u8; 64] = {
        let mut bytes = [0; 64];
        std::io::Read::read_exact(&mut fs::File::open("/dev/urandom")?, &mut bytes)?;
        bytes
    };
    let evidence = match way {
        "ioctl" => by_ioctl(nonce)?,
        "configfs" => by_configfs(nonce)?,
        _ => return Err(format!("there is no way '{way}'").into()),
    };
    let report: AttestationReport = AttestationReport::from_bytes(&evidence.report)?;
    let again: [u8; 1184] = report.to_bytes()?;
    let chain = Chain::from_cert_table_der(evidence.certs)?;

    if report.report_data != nonce {
        return Err("the report is about something else".into());
    }
    if let Some(at) = (0..SIGNED).find(|&at| evidence.report[at] != again[at]) {
        return Err(format!("the crate does not know what is in byte {at:#x}").into());
    }
    (&chain, &report).verify()?;
    check_root(&chain.ca.ark, &fs::read(root)?)?;
    check_vek(&chain.vek, &report)?;
    check_other_chains(&chain, &report)?;
    let refused = check_changed(&chain.vek, &evidence.report)?;

    println!("version={}", report.version);
    println!("vmpl={}", report.vmpl);
    println!("signer={}", report.key_info.signing_key());
    println!("family={}", report.cpuid_fam_id.unwrap_or(0));
    println!("fmc={}", u8::from(report.reported_tcb.fmc.is_some()));
    println!("mitigations={}", u8::from(report.current_mit_vector.is_some()));
    println!("snp={}", report.reported_tcb.snp);
    println!("refused={refused}");
    Ok(())
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [way, root]: [String; 2] = match words.try_into() {
        Ok(words) => words,
        Err(_) => {
            eprintln!("usage: attest ioctl|configfs ROOT");
            return ExitCode::from(2);
        }
    };

    match attest(&way, &root) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("attest: {way}: {failure}");
            ExitCode::FAILURE
        }
    }
}
