fn main() {
    amphi_core::pack::pack!("!HB", 1, 256);
}
