//! The initial file system of a guest with a kernel: a static busybox and an `init` that shows
//! life and then waits.

use super::rom::SIGN_OF_LIFE;

const REGULAR: u32 = 0o100_755;
const FOLDER: u32 = 0o040_755;

/// A cpio archive in the kernel's format (newc, uncompressed) around the bytes of a statically
/// linked busybox.
pub fn initramfs(busybox: &[u8]) -> Vec<u8> {
    let init = format!(
        "#!/busybox sh\n\
         /busybox mount -t devtmpfs none /dev\n\
         /busybox printf {} > /dev/ttyS0\n\
         while true; do /busybox sleep 3600; done\n",
        char::from(SIGN_OF_LIFE)
    );
    let mut archive = Vec::with_capacity(busybox.len() + 4096);
    let entries: [(&str, u32, &[u8]); 4] = [
        ("dev", FOLDER, &[]),
        ("busybox", REGULAR, busybox),
        ("init", REGULAR, init.as_bytes()),
        ("TRAILER!!!", 0, &[]),
    ];
    for (number, (name, mode, content)) in entries.into_iter().enumerate() {
        append(&mut archive, number, name, mode, content);
    }
    archive
}

fn append(archive: &mut Vec<u8>, number: usize, name: &str, mode: u32, content: &[u8]) {
    // inode, mode, uid, gid, links, mtime, size, device and its special device as two numbers
    // each, length of the name with its end mark, no checksum.
    let size = content.len();
    let name_size = name.len() + 1;
    let header = format!(
        "070701{number:08x}{mode:08x}{:08x}{:08x}{:08x}{:08x}{size:08x}{:08x}{:08x}{:08x}{:08x}\
         {name_size:08x}{:08x}",
        0, 0, 1, 0, 0, 0, 0, 0, 0
    );
    archive.extend_from_slice(header.as_bytes());
    archive.extend_from_slice(name.as_bytes());
    archive.push(0);
    pad(archive);
    archive.extend_from_slice(content);
    pad(archive);
}

fn pad(archive: &mut Vec<u8>) {
    while !archive.len().is_multiple_of(4) {
        archive.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_has_its_length_and_every_part_its_alignment() {
        let archive = initramfs(b"12345");
        assert!(archive.len().is_multiple_of(4));
        assert_eq!(&archive[..6], b"070701");
        assert_eq!(&archive[110..114], b"dev\0");
        let text = String::from_utf8(archive).unwrap();
        assert_eq!(text.matches("070701").count(), 4);
        assert!(text.contains("printf R > /dev/ttyS0"));
    }
}
