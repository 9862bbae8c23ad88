//! What is wrong with the numbers of an RSA key, as far as it can be told cheaply.

use midwatch_model::KeyFault;
use num_bigint::BigUint;

/// Larger keys are not computed with: nobody has them, and a hostile one would cost time. In bytes.
const MAX_MODULUS: usize = 2048;
/// Rounds of Fermat's method (CA/Browser Forum Baseline Requirements 6.1.1.3).
const ROUNDS: u32 = 100;
/// Factors below this are looked for (the same, 6.1.6).
const FACTORS_BELOW: u32 = 752;
/// Primes for which the modulus of a ROCA key is a power of 65,537: those below this (Nemec and others, "The
/// Return of Coppersmith's Attack", 2017, section 2.3: the first 39 odd ones at the smallest size of key).
const ROCA_BELOW: u32 = 168;

/// The faults of a key with this modulus and exponent, big-endian, in the order of [`KeyFault`].
pub fn of_rsa(modulus: &[u8], exponent: &[u8]) -> Vec<KeyFault> {
    let (modulus, exponent) = (trim(modulus), trim(exponent));
    let mut faults = Vec::new();
    match exponent {
        [] | [1] => faults.push(KeyFault::ExponentInvalid),
        bytes if bytes.last().is_some_and(|last| last % 2 == 0) => faults.push(KeyFault::ExponentInvalid),
        [_] | [_, _] => faults.push(KeyFault::ExponentSmall),
        _ => {}
    }
    let Some(first) = modulus.first().filter(|_| modulus.len() <= MAX_MODULUS) else { return faults };
    if first.leading_zeros() > 0 {
        faults.push(KeyFault::ModulusOddSize);
    }
    if primes(FACTORS_BELOW).any(|prime| remainder(modulus, prime) == 0) {
        faults.push(KeyFault::ModulusSmallFactor);
    } else if primes_are_close(modulus) {
        faults.push(KeyFault::PrimesClose);
    }
    if primes(ROCA_BELOW).skip(1).all(|prime| is_power(remainder(modulus, prime), 65_537 % prime, prime)) {
        faults.push(KeyFault::Roca);
    }
    faults
}

/// Without leading zeros.
fn trim(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|&byte| byte != 0).unwrap_or(number.len());
    number.get(start..).unwrap_or_default()
}

/// The primes below a bound.
fn primes(below: u32) -> impl Iterator<Item = u32> {
    (2..below).filter(|number| (2..*number).take_while(|d| d * d <= *number).all(|d| number % d != 0))
}

fn remainder(number: &[u8], by: u32) -> u32 {
    number.iter().fold(0, |rest, &byte| (rest * 256 + u32::from(byte)) % by)
}

/// True where `number` is a power of `generator` modulo `prime`.
fn is_power(number: u32, generator: u32, prime: u32) -> bool {
    let mut power = 1;
    (0..prime).any(|_| {
        let here = power == number;
        power = power * generator % prime;
        here
    })
}

/// Fermat: where the primes are close, the modulus is a square less a small square.
fn primes_are_close(modulus: &[u8]) -> bool {
    let modulus = BigUint::from_bytes_be(modulus);
    let mut middle = modulus.sqrt();
    if &middle * &middle < modulus {
        middle += 1u32;
    }
    (0..ROUNDS).any(|_| {
        let rest = &middle * &middle - &modulus;
        middle += 1u32;
        may_be_square(&rest) && {
            let root = rest.sqrt();
            &root * &root == rest
        }
    })
}

/// False for most numbers that are no squares, told from their remainders. A root of thousands of bits takes
/// milliseconds, and a chain may hold a hundred such keys.
fn may_be_square(number: &BigUint) -> bool {
    [64u32, 63, 65, 11, 17, 19, 23].iter().all(|&by| {
        let rest = (number % by).iter_u32_digits().next().unwrap_or(0);
        (0..by).any(|root| root * root % by == rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two primes of 64 bits: 2^64 - 59 and 2^64 - 83.
    const CLOSE: u128 = 18_446_744_073_709_551_557 * 18_446_744_073_709_551_533;
    /// 2^64 - 59 and a prime far from it: 2^63 + 29.
    const FAR: u128 = 18_446_744_073_709_551_557 * 9_223_372_036_854_775_837;

    fn faults(modulus: u128, exponent: &[u8]) -> Vec<KeyFault> {
        of_rsa(&modulus.to_be_bytes(), exponent)
    }

    #[test]
    fn exponents_are_odd_and_not_small() {
        assert_eq!(faults(CLOSE, &[1]), [KeyFault::ExponentInvalid, KeyFault::PrimesClose]);
        assert!(faults(FAR, &[0, 0]).contains(&KeyFault::ExponentInvalid));
        assert!(faults(FAR, &[1, 0, 0]).contains(&KeyFault::ExponentInvalid));
        assert!(faults(FAR, &[3]).contains(&KeyFault::ExponentSmall));
        assert_eq!(faults(FAR, &[1, 0, 1]), [KeyFault::ModulusOddSize]);
    }

    #[test]
    fn factors_are_found() {
        assert!(faults(751 * 18_446_744_073_709_551_557, &[1, 0, 1]).contains(&KeyFault::ModulusSmallFactor));
        assert!(faults(FAR + 1, &[1, 0, 1]).contains(&KeyFault::ModulusSmallFactor));
        assert!(!faults(FAR, &[1, 0, 1]).contains(&KeyFault::PrimesClose));
    }

    #[test]
    fn a_power_of_the_generator_is_roca() {
        // 65537^8 has 129 bits; as a number modulo every prime it is a power, which is all that is looked at.
        let number = BigUint::from(65_537u32).pow(8).to_bytes_be();
        assert!(of_rsa(&number, &[1, 0, 1]).contains(&KeyFault::Roca));
        assert!(!faults(FAR, &[1, 0, 1]).contains(&KeyFault::Roca));
    }

    #[test]
    fn squares_pass_the_sieve_and_few_others_do() {
        let squares = (0u64..2000).map(|root| BigUint::from(root * root));
        assert!(squares.into_iter().all(|square| may_be_square(&square)));
        let others = (0u64..100_000).filter(|&number| number.isqrt().pow(2) != number);
        let passed = others.filter(|&number| may_be_square(&BigUint::from(number))).count();
        assert!(passed < 200, "{passed}");
    }

    #[test]
    fn a_huge_modulus_is_left_alone() {
        assert_eq!(of_rsa(&[0xff; 5000], &[1, 0, 1]), []);
    }
}
