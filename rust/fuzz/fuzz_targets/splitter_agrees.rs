#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| omnitok_fuzz::splitter_agrees(data));
