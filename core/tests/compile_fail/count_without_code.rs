fn main() {
    amphi_core::pack::pack!("!I2", 1);
}
