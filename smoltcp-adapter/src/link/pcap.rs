use std::borrow::Cow;
use std::io::{self, Write};

use amphi_core::time::Duration;
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::{DataLink, PcapError, TsResolution};
use smoltcp::phy::{Device, Medium};

use super::line::Line;
use super::trace::{Show, Trace};

/// Octets of a frame that a record keeps at most, as tcpdump does.
const SNAPLEN: u32 = 262_144;

/// A device that records each frame that passes, in the format of libpcap, for
/// tcpdump and Wireshark.
///
/// ```
/// use amphi_core::time::Duration;
/// use amphi_smoltcp::link::{Loopback, Pcap};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let mut file = Vec::new();
/// let link = Loopback::<1500, 4>::new(Medium::Ip);
/// let mut device = Pcap::record(link, &mut file, Duration::ZERO)?;
/// let room = device.transmit(Instant::from_secs(1)).expect("the link is empty");
/// room.consume(20, |frame| frame.fill(0x45));
/// drop(device);
/// // A header of the file, a header of the record, and the frame.
/// assert_eq!(file.len(), 24 + 16 + 20);
/// # Ok::<(), std::io::Error>(())
/// ```
pub type Pcap<D, W> = Trace<D, PcapSink<W>>;

impl<D: Device, W: Write> Trace<D, PcapSink<W>> {
    /// The device around `device`, which writes to `sink`. The stack's clock began
    /// `origin` after 1970: zero will do in virtual time. A record is written as its
    /// frame passes; give a [`BufWriter`](io::BufWriter) where that is too slow.
    ///
    /// # Errors
    ///
    /// What writing the header of the file reports.
    pub fn record(device: D, sink: W, origin: Duration) -> io::Result<Self> {
        let header = PcapHeader {
            datalink: match device.capabilities().medium {
                #[cfg(feature = "ethernet")]
                Medium::Ethernet => DataLink::ETHERNET,
                _ => DataLink::RAW,
            },
            ts_resolution: TsResolution::MicroSecond,
            snaplen: SNAPLEN,
            ..PcapHeader::default()
        };
        let writer = PcapWriter::with_header(sink, header).map_err(from_pcap)?;
        let sink = PcapSink {
            writer,
            origin,
            failure: None,
        };
        Ok(Self::with(device, sink))
    }

    /// Ends the recording, and gives the sink back.
    ///
    /// # Errors
    ///
    /// The first failure to write; nothing was written after it.
    pub fn finish(self) -> io::Result<W> {
        let sink = self.into_show();
        match sink.failure {
            Some(failure) => Err(failure),
            None => Ok(sink.writer.into_writer()),
        }
    }
}

/// Where the frames of a [`Pcap`] go.
///
/// ```
/// use amphi_core::time::Duration;
/// use amphi_smoltcp::link::{Loopback, Pcap};
/// use amphi_smoltcp::smoltcp::phy::Medium;
///
/// let link = Loopback::<1500, 4>::new(Medium::Ip);
/// let device = Pcap::record(link, Vec::new(), Duration::ZERO)?;
/// let file = device.finish()?; // what the sink was made of
/// assert_eq!(file.len(), 24); // the header alone
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct PcapSink<W: Write> {
    writer: PcapWriter<W>,
    origin: Duration,
    failure: Option<io::Error>,
}

impl<W: Write> Show for PcapSink<W> {
    fn show(&mut self, line: &Line<'_>) {
        if self.failure.is_some() {
            return;
        }
        let packet = PcapPacket {
            timestamp: self.origin + Duration::from_micros(line.at.as_micros()),
            orig_len: u32::try_from(line.frame.len()).unwrap_or(u32::MAX),
            data: Cow::Borrowed(line.frame),
        };
        self.failure = self.writer.write_packet(&packet).err().map(from_pcap);
    }
}

impl<W: Write> core::fmt::Debug for PcapSink<W> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PcapSink").finish_non_exhaustive()
    }
}

fn from_pcap(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        other => io::Error::other(other),
    }
}
