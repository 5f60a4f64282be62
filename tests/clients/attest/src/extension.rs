// SPDX-License-Identifier: GPL-2.0-only
//! Extensions of a VCEK or VLEK: what it is for. They are looked for by their names in DER, which
//! are long enough not to be there by accident.

/// Object identifiers below 1.3.6.1.4.1.3704.1, in DER.
pub const BOOT_LOADER: &[u8] = &[3, 1];
pub const TEE: &[u8] = &[3, 2];
pub const SNP: &[u8] = &[3, 3];
pub const MICROCODE: &[u8] = &[3, 8];
pub const FMC: &[u8] = &[3, 9];
pub const CHIP: &[u8] = &[4];
pub const CLOUD: &[u8] = &[5];

const BASE: &[u8] = &[0x2b, 6, 1, 4, 1, 0x9c, 0x78, 1];

const BOOLEAN: u8 = 1;
const INTEGER: u8 = 2;
const OCTETS: u8 = 4;
const OBJECT: u8 = 6;
const IA5: u8 = 22;

/// What comes after a short item with this tag at the start of `der`, and its content.
fn item(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&len, rest) = rest.split_first()?;

    if found != tag || len >= 0x80 || rest.len() < usize::from(len) {
        return None;
    }
    let (content, rest) = rest.split_at(len.into());
    Some((rest, content))
}

/// Content of an extension.
pub fn bytes<'a>(certificate: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut object = vec![OBJECT, (BASE.len() + name.len()) as u8];

    object.extend(BASE);
    object.extend(name);
    let at = certificate.windows(object.len()).position(|window| window == object)?;
    let rest = &certificate[at + object.len()..];
    // It may be said to be critical.
    let rest = item(rest, BOOLEAN).map_or(rest, |(after, _)| after);
    Some(item(rest, OCTETS)?.1)
}

/// Content of an extension that is text.
pub fn text<'a>(certificate: &'a [u8], name: &[u8]) -> Option<&'a str> {
    match item(bytes(certificate, name)?, IA5)? {
        ([], text) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

/// Content of an extension that is a number of one byte.
pub fn number(certificate: &[u8], name: &[u8]) -> Option<u8> {
    let (rest, digits) = item(bytes(certificate, name)?, INTEGER)?;

    match (rest, digits) {
        ([], [value]) if *value < 0x80 => Some(*value),
        ([], [0, value]) if *value >= 0x80 => Some(*value),
        _ => None,
    }
}
