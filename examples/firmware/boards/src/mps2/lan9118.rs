//! The LAN9118 Ethernet controller. Sections are those of its datasheet
//! (Microchip DS00002266), registers those of its table 5-1.

use amphi_smoltcp::smoltcp::phy::{self, DeviceCapabilities, Medium};
use amphi_smoltcp::smoltcp::time::Instant;

/// The longest frame without its checksum, in octets: 1,500 and the header.
const LONGEST: usize = 1514;
/// The checksum that ends a received frame, in octets (section 3.13).
const CHECKSUM: usize = 4;
/// The same in words of the FIFO, with the checksum.
const WORDS: usize = (LONGEST + CHECKSUM).div_ceil(4);

/// System control and status registers, and the FIFOs (section 5.1, 5.3).
#[derive(Clone, Copy)]
#[repr(usize)]
enum Register {
    RxData = 0x00,
    TxData = 0x20,
    RxStatus = 0x40,
    IrqCfg = 0x54,
    IntSts = 0x58,
    IntEn = 0x5C,
    FifoInt = 0x68,
    TxCfg = 0x70,
    HwCfg = 0x74,
    RxFifoInf = 0x7C,
    TxFifoInf = 0x80,
    FreeRun = 0x9C,
    MacCmd = 0xA4,
    MacData = 0xA8,
}

/// Registers of the MAC, behind `MAC_CSR_CMD` (section 5.4).
#[derive(Clone, Copy)]
enum Mac {
    Cr = 1,
    AddrH = 2,
    AddrL = 3,
    MiiAcc = 6,
    MiiData = 7,
}

/// HW_CFG: soft reset (section 5.3.9).
const SRST: u32 = 1 << 0;
/// HW_CFG: 5 KiB of the FIFOs for sending, and the bit that must be one.
const FIFO_SIZES: u32 = 5 << 16 | 1 << 20;
/// TX_CFG: on, and statuses that nobody reads may be overwritten (section 5.3.8).
const TX_ON_AND_NO_STATUS: u32 = 1 << 1 | 1 << 2;
/// MAC_CR: receive and send (section 5.4.1).
const RX_AND_TX: u32 = 1 << 2 | 1 << 3;
/// MAC_CR: pass all groups; the stack knows which were joined.
const ALL_MULTICAST: u32 = 1 << 19;
/// IRQ_CFG: push-pull, active high, enabled (section 5.3.1).
const INTERRUPT_LINE: u32 = 1 << 0 | 1 << 4 | 1 << 8;
/// INT_STS and INT_EN: more statuses of received frames than FIFO_INT says
/// (sections 5.3.2 and 5.3.5).
const RX_STATUS_LEVEL: u32 = 1 << 3;
/// MAC_CSR_CMD: busy, and read instead of write (section 5.3.20).
const BUSY: u32 = 1 << 31;
const READ: u32 = 1 << 30;
/// RX status: the frame has an error (section 3.13.3).
const RX_ERROR: u32 = 1 << 15;
/// TX command A: first and last piece of a frame (section 3.12.2).
const WHOLE_FRAME: u32 = 1 << 13 | 1 << 12;
/// The FIFO wants the two command words, too.
const COMMANDS: usize = 8;
/// MII_ACC: the internal PHY, write, busy (section 5.4.6).
const PHY: u32 = 1 << 11;
const MII_WRITE: u32 = 1 << 1;
const MII_BUSY: u32 = 1 << 0;
/// The PHY's basic control: negotiate, and begin anew (section 5.5.1).
const NEGOTIATE: u32 = 1 << 12 | 1 << 9;

/// The controller's registers.
#[derive(Clone, Copy)]
pub(super) struct Registers {
    base: usize,
}

impl Registers {
    /// The registers at `base`.
    ///
    /// # Safety
    ///
    /// A LAN9118 must be there, and nobody else may use it.
    pub(super) const unsafe fn new(base: usize) -> Self {
        Self { base }
    }

    /// The counter of 25 MHz since reset, which wraps (section 5.3.18).
    pub(super) fn free_run(self) -> u32 {
        self.read(Register::FreeRun)
    }

    /// Whether a frame waits.
    pub(super) fn has_frame(self) -> bool {
        // The upper half counts statuses in words, one for each frame (section 5.3.11).
        self.read(Register::RxFifoInf) >> 16 & 0xFF != 0
    }

    /// Takes back the interrupt, which comes again if a frame waits.
    pub(super) fn clear_interrupt(self) {
        self.write(Register::IntSts, RX_STATUS_LEVEL);
    }

    fn read(self, register: Register) -> u32 {
        let address = (self.base + register as usize) as *const u32;
        // SAFETY: `new` was promised that the registers are there; each is a word.
        unsafe { address.read_volatile() }
    }

    fn write(self, register: Register, value: u32) {
        let address = (self.base + register as usize) as *mut u32;
        // SAFETY: as for reading; none of them makes the controller touch memory.
        unsafe { address.write_volatile(value) }
    }

    fn mac_command(self, command: u32) {
        self.write(Register::MacCmd, BUSY | command);
        while self.read(Register::MacCmd) & BUSY != 0 {}
    }

    fn read_mac(self, register: Mac) -> u32 {
        self.mac_command(READ | register as u32);
        self.read(Register::MacData)
    }

    fn write_mac(self, register: Mac, value: u32) {
        self.write(Register::MacData, value);
        self.mac_command(register as u32);
    }

    /// Makes the PHY negotiate speed and duplex with the other end.
    fn start_phy(self) {
        self.write_mac(Mac::MiiData, NEGOTIATE);
        self.write_mac(Mac::MiiAcc, PHY | MII_WRITE | MII_BUSY);
        while self.read_mac(Mac::MiiAcc) & MII_BUSY != 0 {}
    }
}

/// The controller as smoltcp's device.
pub struct Lan9118 {
    registers: Registers,
    /// The frame that was received last.
    frame: [u8; WORDS * 4],
}

impl Lan9118 {
    /// Resets the controller and starts it (section 3.7 and 3.10).
    pub(super) fn start(registers: Registers) -> Self {
        registers.write(Register::HwCfg, SRST);
        while registers.read(Register::HwCfg) & SRST != 0 {}
        registers.write(Register::HwCfg, FIFO_SIZES);
        registers.start_phy();
        registers.write(Register::FifoInt, 0);
        registers.write(Register::IrqCfg, INTERRUPT_LINE);
        registers.write(Register::IntEn, RX_STATUS_LEVEL);
        registers.write(Register::TxCfg, TX_ON_AND_NO_STATUS);
        registers.write_mac(Mac::Cr, RX_AND_TX | ALL_MULTICAST);
        Self {
            registers,
            frame: [0; WORDS * 4],
        }
    }

    /// The address from the controller's EEPROM (section 3.10.1).
    pub(super) fn hardware_address(&self) -> [u8; 6] {
        let [a, b, c, d] = self.registers.read_mac(Mac::AddrL).to_le_bytes();
        let [e, f, ..] = self.registers.read_mac(Mac::AddrH).to_le_bytes();
        [a, b, c, d, e, f]
    }

    /// Takes the next good frame out of the FIFO, and tells its length without checksum.
    fn take_frame(&mut self) -> Option<usize> {
        while self.registers.has_frame() {
            let status = self.registers.read(Register::RxStatus);
            let len = (status >> 16 & 0x3FFF) as usize;
            for word in 0..len.div_ceil(4) {
                let octets = self.registers.read(Register::RxData).to_le_bytes();
                // What is too long is read to its end all the same.
                if let Some(room) = self.frame.get_mut(word * 4..word * 4 + 4) {
                    room.copy_from_slice(&octets);
                }
            }
            let is_good = status & RX_ERROR == 0 && len <= LONGEST + CHECKSUM;
            if let Some(len) = len.checked_sub(CHECKSUM).filter(|_| is_good) {
                return Some(len);
            }
        }
        None
    }

    /// Whether the FIFO has room for the longest frame (section 5.3.12).
    fn can_send(&self) -> bool {
        let free = self.registers.read(Register::TxFifoInf) & 0xFFFF;
        free as usize >= LONGEST.next_multiple_of(4) + COMMANDS
    }
}

/// A received frame.
pub struct RxToken<'d>(&'d mut [u8]);

impl phy::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// Room for a frame.
pub struct TxToken(Registers);

impl phy::TxToken for TxToken {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = [0; LONGEST.next_multiple_of(4)];
        let result = f(&mut frame[..len]);
        let size = len as u32;
        self.0.write(Register::TxData, WHOLE_FRAME | size);
        self.0.write(Register::TxData, size);
        let (words, _) = frame[..len.next_multiple_of(4)].as_chunks::<4>();
        for word in words {
            self.0.write(Register::TxData, u32::from_le_bytes(*word));
        }
        result
    }
}

impl phy::Device for Lan9118 {
    type RxToken<'d> = RxToken<'d>;
    type TxToken<'d> = TxToken;

    fn receive(&mut self, _timestamp: Instant) -> Option<(RxToken<'_>, TxToken)> {
        // Without room for an answer the frame stays where it is.
        if !self.can_send() {
            return None;
        }
        let len = self.take_frame()?;
        Some((RxToken(&mut self.frame[..len]), TxToken(self.registers)))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<TxToken> {
        self.can_send().then_some(TxToken(self.registers))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = LONGEST;
        capabilities
    }
}
