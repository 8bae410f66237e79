//! Every colour of a terminal as the nearest of its sixteen, so that a theme decides what they look like.

/// xterm's own sixteen, as the measure of nearness.
const SIXTEEN: [[u16; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// The nearest of the sixteen to a colour of the 256; none beyond 255.
pub fn indexed(n: u16) -> Option<u8> {
    match n {
        0..=15 => u8::try_from(n).ok(),
        16..=231 => {
            let level = |step: u16| if step == 0 { 0 } else { 55 + 40 * step };
            let n = n - 16;
            nearest([level(n / 36), level(n / 6 % 6), level(n % 6)])
        }
        232..=255 => nearest([8 + 10 * (n - 232); 3]),
        _ => None,
    }
}

/// The nearest of the sixteen to red, green and blue of 0 to 255 each; none beyond.
pub fn nearest(rgb: [u16; 3]) -> Option<u8> {
    if rgb.iter().any(|part| *part > 255) {
        return None;
    }
    let distance = |other: &[u16; 3]| -> u32 {
        rgb.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
    };
    (0u8..16).min_by_key(|n| distance(&SIXTEEN[usize::from(*n)]))
}
