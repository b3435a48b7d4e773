#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| omnitok_fuzz::hostile_bytes(data));
