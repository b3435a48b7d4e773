#![no_main]

libfuzzer_sys::fuzz_target!(init: omnitok_fuzz::train(), |data: &[u8]| omnitok_fuzz::round_trip(data));
