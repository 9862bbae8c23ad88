use proptest::prelude::*;

use super::*;

fn pcap(magic: [u8; 4], big: bool, fraction: u32) -> Vec<u8> {
    let number = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let short = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut file = magic.to_vec();
    file.extend([short(2), short(4)].concat());
    file.extend([number(0), number(0), number(65535), number(1)].concat());
    for content in [&b"first"[..], b"second"] {
        file.extend([number(10), number(fraction), number(content.len() as u32), number(99)].concat());
        file.extend(content);
    }
    file
}

type Seen = (Option<i64>, u32, Vec<u8>);

fn all(file: &[u8]) -> Result<(Vec<Seen>, bool), CaptureError> {
    let mut capture = Capture::new(file)?;
    let mut seen = Vec::new();
    while let Some(frame) = capture.next_frame()? {
        seen.push((frame.time, frame.interface, frame.bytes.to_vec()));
    }
    Ok((seen, capture.is_cut()))
}

#[test]
fn both_orders_and_both_resolutions_are_read() {
    for (magic, big, fraction) in [
        ([0xa1, 0xb2, 0xc3, 0xd4], true, 5),
        ([0xd4, 0xc3, 0xb2, 0xa1], false, 5),
        ([0xa1, 0xb2, 0x3c, 0x4d], true, 5000),
        ([0x4d, 0x3c, 0xb2, 0xa1], false, 5000),
    ] {
        let (seen, cut) = all(&pcap(magic, big, fraction)).expect("a capture");
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0], (Some(10_000_005_000), 0, b"first".to_vec()));
        assert!(!cut);
    }
}

#[test]
fn a_cut_record_is_told_and_what_came_before_it_is_kept() {
    let file = pcap([0xd4, 0xc3, 0xb2, 0xa1], false, 5);
    for missing in 1..22 {
        let (seen, cut) = all(&file[..file.len() - missing]).expect("a capture");
        assert_eq!((seen.len(), cut), (1, true), "{missing}");
    }
    assert!(matches!(all(b"no capture at all, and long enough"), Err(CaptureError::Format)));
    assert!(matches!(all(b""), Err(CaptureError::Format)));
}

#[test]
fn a_block_that_is_too_large_names_its_place() {
    let mut file = pcap([0xd4, 0xc3, 0xb2, 0xa1], false, 5);
    let at = file.len();
    file.extend([0; 8]);
    file.extend((17_u32 << 20).to_le_bytes());
    file.extend([0; 4]);
    match all(&file) {
        Err(CaptureError::TooLarge { offset, length }) => assert_eq!((offset, length), (at as u64, 17 << 20)),
        other => panic!("{other:?}"),
    }
}

fn block(big: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let number = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let padded = body.len().next_multiple_of(4);
    let total = number(12 + padded as u32);
    let mut block = [number(kind), total].concat();
    block.extend(body);
    block.resize(8 + padded, 0);
    block.extend(total);
    block
}

fn section(big: bool) -> Vec<u8> {
    let number = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let short = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut file = block(
        big,
        SECTION,
        &[number(0x1a2b_3c4d).to_vec(), short(1).to_vec(), vec![0; 2], vec![0xff; 8]].concat(),
    );
    let described = |options: &[u8]| {
        block(big, 1, &[short(1).to_vec(), vec![0; 2], number(4).to_vec(), options.to_vec()].concat())
    };
    file.extend(described(&[]));
    let options =
        [short(9).to_vec(), short(1).to_vec(), vec![9, 0, 0, 0], short(0).to_vec(), short(0).to_vec()];
    file.extend(described(&options.concat()));
    let frame = |interface: u32, time: u64, content: &[u8]| {
        let fixed = [
            number(interface),
            number((time >> 32) as u32),
            number(time as u32),
            number(content.len() as u32),
            number(content.len() as u32),
        ];
        block(big, 6, &[&fixed.concat()[..], content].concat())
    };
    file.extend(frame(0, 10_000_005, b"first"));
    file.extend(block(big, 5, &[0; 12]));
    file.extend(frame(1, 10_000_000_007, b"second"));
    // A simple block of a frame of 6 bytes, of which the interface keeps 4.
    file.extend(block(big, 3, &[&number(6)[..], b"thir"].concat()));
    file
}

const SECTION: u32 = 0x0a0d_0d0a;

#[test]
fn sections_may_differ_in_their_order() {
    let file = [section(true), section(false)].concat();
    let (seen, cut) = all(&file).expect("a capture");
    let one = [
        (Some(10_000_005_000), 0, b"first".to_vec()),
        (Some(10_000_000_007), 1, b"second".to_vec()),
        (None, 0, b"thir".to_vec()),
    ];
    assert_eq!(seen, [one.clone(), one].concat());
    assert!(!cut);
    let (seen, cut) = all(&file[..file.len() - 3]).expect("a capture");
    assert_eq!((seen.len(), cut), (5, true));
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..400), ng in any::<bool>(), big in any::<bool>()) {
        let mut file = if ng { section(big) } else { pcap([0xa1, 0xb2, 0xc3, 0xd4], true, 1) };
        file.extend(&bytes);
        let _ = all(&file);
        let _ = all(&bytes);
    }

    #[test]
    fn no_changed_byte_breaks_it(at in 0_usize..400, byte in any::<u8>(), big in any::<bool>()) {
        let mut file = section(big);
        let at = at % file.len();
        file[at] = byte;
        let _ = all(&file);
    }
}
