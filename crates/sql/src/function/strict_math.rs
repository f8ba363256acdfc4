//! Logarithms and hyperbolic functions in the order of operations of fdlibm 5.3, which the JVM's `StrictMath` follows to the
//! last digit (<https://www.netlib.org/fdlibm/>); `libm` has newer forms of these.

#![allow(clippy::excessive_precision)] // the published digits

const LN2_HIGH: f64 = 6.931_471_803_691_238_164_9e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_700_02e-10;
/// The coefficients of the series of `ln((1 + s) / (1 - s))`, from the first.
const SERIES: [f64; 7] = [
    6.666_666_666_666_735_13e-1,
    3.999_999_999_940_941_908e-1,
    2.857_142_874_366_239_149e-1,
    2.222_219_843_214_978_396e-1,
    1.818_357_216_161_805_012e-1,
    1.531_383_769_920_937_332e-1,
    1.479_819_860_511_658_591e-1,
];

fn high(x: f64) -> i32 {
    (x.to_bits() >> 32) as i32
}

fn with_high(x: f64, high: i32) -> f64 {
    f64::from_bits((u64::from(high as u32) << 32) | (x.to_bits() & 0xFFFF_FFFF))
}

/// A positive finite number as a number from 1 to 2 and an exponent of 2.
fn split(x: f64) -> (f64, i32) {
    let (x, shift) = if x < f64::MIN_POSITIVE { (x * 2f64.powi(54), -54) } else { (x, 0) };
    let exponent = (high(x) >> 20) - 1023;
    (with_high(x, (high(x) & 0x000F_FFFF) | 0x3FF0_0000), exponent + shift)
}

/// The natural logarithm.
pub(super) fn log(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 || x == f64::INFINITY {
        return if x == 0.0 { f64::NEG_INFINITY } else { x };
    }
    let (mantissa, mut exponent) = split(x);
    // From sqrt(2)/2 to sqrt(2).
    let hx = high(mantissa) & 0x000F_FFFF;
    let carry = (hx + 0x9_5F64) & 0x10_0000;
    let f = with_high(mantissa, hx | (carry ^ 0x3FF0_0000)) - 1.0;
    exponent += carry >> 20;
    let k = f64::from(exponent);
    if (0x000F_FFFF & (2 + hx)) < 3 {
        if f == 0.0 {
            return k * LN2_HIGH + k * LN2_LOW;
        }
        let rest = f * f * (0.5 - 0.333_333_333_333_333_33 * f);
        return if exponent == 0 { f - rest } else { k * LN2_HIGH - ((rest - k * LN2_LOW) - f) };
    }
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (SERIES[1] + w * (SERIES[3] + w * SERIES[5]));
    let odd = z * (SERIES[0] + w * (SERIES[2] + w * (SERIES[4] + w * SERIES[6])));
    let rest = odd + even;
    if ((hx - 0x6_147A) | (0x6_B851 - hx)) > 0 {
        let half = 0.5 * f * f;
        return match exponent {
            0 => f - (half - s * (half + rest)),
            _ => k * LN2_HIGH - ((half - (s * (half + rest) + k * LN2_LOW)) - f),
        };
    }
    match exponent {
        0 => f - s * (f - rest),
        _ => k * LN2_HIGH - ((s * (f - rest) - k * LN2_LOW) - f),
    }
}

/// The logarithm to the base 10.
pub(super) fn log10(x: f64) -> f64 {
    const OF_2_HIGH: f64 = 3.010_299_956_636_117_713_06e-1;
    const OF_2_LOW: f64 = 3.694_239_077_158_930_786_16e-13;
    if x.is_nan() || x <= 0.0 || x == f64::INFINITY {
        return log(x);
    }
    let (mantissa, exponent) = split(x);
    let below = i32::from(exponent < 0);
    let mantissa = with_high(mantissa, (high(mantissa) & 0x000F_FFFF) | ((0x3FF - below) << 20));
    let y = f64::from(exponent + below);
    (y * OF_2_LOW + std::f64::consts::LOG10_E * log(mantissa)) + y * OF_2_HIGH
}

/// The hyperbolic cosine.
pub(super) fn cosh(x: f64) -> f64 {
    let x = x.abs();
    if x < 0.5 * std::f64::consts::LN_2 {
        let t = libm::expm1(x);
        let w = 1.0 + t;
        return if x < 2f64.powi(-55) { w } else { 1.0 + (t * t) / (w + w) };
    }
    if x < 22.0 {
        let t = libm::exp(x);
        return 0.5 * t + 0.5 / t;
    }
    if x < 709.782_712_893_384 {
        return 0.5 * libm::exp(x);
    }
    let w = libm::exp(0.5 * x);
    (0.5 * w) * w
}

/// The hyperbolic tangent.
pub(super) fn tanh(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() || size < 2f64.powi(-55) {
        return x;
    }
    let value = if size >= 22.0 {
        1.0
    } else if size >= 1.0 {
        1.0 - 2.0 / (libm::expm1(2.0 * size) + 2.0)
    } else {
        let t = libm::expm1(-2.0 * size);
        -t / (t + 2.0)
    };
    value.copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_the_functions_but_for_the_last_digits() {
        let close = |ours: f64, std: f64, x: f64| {
            assert!((ours - std).abs() <= 4.0 * f64::EPSILON * std.abs().max(f64::MIN_POSITIVE), "{x}: {ours} {std}");
        };
        for n in 1..4000 {
            for x in [f64::from(n) / 97.0, f64::from(n) * 1e-310, f64::from(n) * 1e250] {
                close(log(x), x.ln(), x);
                close(log10(x), x.log10(), x);
            }
            let x = f64::from(n - 2000) / 97.0;
            close(cosh(x), x.cosh(), x);
            close(tanh(x), x.tanh(), x);
        }
        assert_eq!((log(1.0), log(0.0), log(f64::INFINITY)), (0.0, f64::NEG_INFINITY, f64::INFINITY));
        assert!(log(-1.0).is_nan() && log10(f64::NAN).is_nan());
    }
}
