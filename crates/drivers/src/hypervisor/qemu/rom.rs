//! The firmware of a stub VM: it writes one byte to the serial port and halts.

/// The byte by which a guest shows that it executes.
pub const SIGN_OF_LIFE: u8 = b'R';

/// Its size: a firmware must fill the top of the address space up to the reset vector's page.
const SIZE: usize = 64 * 1024;

/// Where a processor begins to execute, 16 bytes below the end.
const RESET_VECTOR: usize = SIZE - 16;

/// The firmware's bytes.
pub fn stub_rom() -> Vec<u8> {
    let mut rom = vec![0xF4; SIZE];
    let code = [
        0xBA,
        0xF8,
        0x03, // mov dx, 3F8h: the first serial port
        0xB0,
        SIGN_OF_LIFE, // mov al, 'R'
        0xEE,         // out dx, al
        0xFA,         // cli: nothing wakes it up again
        0xF4,         // hlt
        0xEB,
        0xFD, // jmp to the hlt
    ];
    rom[RESET_VECTOR..RESET_VECTOR + code.len()].copy_from_slice(&code);
    rom
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_starts_at_the_reset_vector_and_fits() {
        let rom = stub_rom();
        assert_eq!(rom.len(), 0x1_0000);
        assert_eq!(rom[0xFFF0], 0xBA);
    }
}
