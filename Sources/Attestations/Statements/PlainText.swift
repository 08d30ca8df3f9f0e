internal import Glibc
internal import Quorum
internal import StoreFormats

/// Rules of the words in statements, over bytes where they lie.
///
/// A public log that took free text would be a place to put anything for ever, so every word in a statement has a
/// narrow form.
enum PlainText {
    // One bit for each class of characters.
    private static let storeName: UInt8 = 1
    private static let hashDigit: UInt8 = 2
    private static let hexDigit: UInt8 = 4
    private static let word: UInt8 = 8
    private static let debianVersion: UInt8 = 16
    private static let debianName: UInt8 = 32
    private static let alphanumeric: UInt8 = 64
    private static let debianFile: UInt8 = 128

    private static let classes: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 256)
        func add(_ characters: String, _ bit: UInt8) {
            for character in characters.utf8 { table[Int(character)] |= bit }
        }
        let digits = "0123456789"
        let small = "abcdefghijklmnopqrstuvwxyz"
        let capital = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        add(digits + small + capital + "+-._?=", storeName)
        add(digits + "abcdfghijklmnpqrsvwxyz", hashDigit)
        add(digits + "abcdef", hexDigit)
        add(digits + small + "_-.", word)
        add(digits + small + capital + ".+-:~", debianVersion)
        add(digits + small + "+-.", debianName)
        add(digits + small + capital, alphanumeric)
        add(digits + small + capital + ".+-~_", debianFile)
        return table
    }()

    private static func all(_ text: UnsafeRawBufferPointer, _ bit: UInt8) -> Bool {
        classes.withUnsafeBufferPointer { classes in
            var common = bit
            for index in 0..<text.count { common &= classes[Int(text[index])] }
            return common != 0
        }
    }

    private static let nix: StaticString = "/nix/store/"
    private static let gnu: StaticString = "/gnu/store/"

    /// A full path in the store of Nix or of Guix, by the rules of ``StorePath``. Other stores' paths are free text.
    static func isStorePath(_ text: UnsafeRawBufferPointer) -> Bool {
        let nameStart = nix.utf8CodeUnitCount + StorePath.hashPartLength + 1
        guard text.count > nameStart, text.has(nix, at: 0) || text.has(gnu, at: 0),
            text[nameStart - 1] == UInt8(ascii: "-")
        else { return false }
        let digits = UnsafeRawBufferPointer(rebasing: text[nix.utf8CodeUnitCount..<nameStart - 1])
        return all(digits, hashDigit) && isStoreName(UnsafeRawBufferPointer(rebasing: text[nameStart...]))
    }

    /// The name behind a store path's hash; also what the names of outputs are made of.
    static func isStoreName(_ name: UnsafeRawBufferPointer) -> Bool {
        guard (1...StorePath.maximumNameLength).contains(name.count), all(name, storeName) else { return false }
        guard name[0] == UInt8(ascii: ".") else { return true }
        // Neither . nor .., nor what begins with them and a hyphen.
        let dots = name.count > 1 && name[1] == UInt8(ascii: ".") ? 2 : 1
        return name.count > dots && name[dots] != UInt8(ascii: "-")
    }

    /// `x86_64-linux` and the like.
    static func isSystem(_ text: UnsafeRawBufferPointer) -> Bool {
        (1...AttestationLimits.systemBytes).contains(text.count) && all(text, word)
    }

    /// A Debian release with its distribution: `debian-12`.
    static func isDistribution(_ text: UnsafeRawBufferPointer) -> Bool { isDebianWord(text, word) }

    /// The name of a package, or of an architecture.
    static func isDebianName(_ text: UnsafeRawBufferPointer) -> Bool { isDebianWord(text, debianName) }

    /// The name of a Debian file: the characters of names and versions, and `_` between them.
    static func isDebianFileName(_ text: UnsafeRawBufferPointer) -> Bool {
        all(text, debianFile) && classes[Int(text[0])] & alphanumeric != 0
    }

    /// A version, epoch included.
    static func isDebianVersion(_ text: UnsafeRawBufferPointer) -> Bool { isDebianWord(text, debianVersion) }

    private static func isDebianWord(_ text: UnsafeRawBufferPointer, _ bit: UInt8) -> Bool {
        (1...AttestationLimits.debianWordBytes).contains(text.count) && all(text, bit)
            && classes[Int(text[0])] & alphanumeric != 0
    }

    /// 64 small hexadecimal digits.
    static func digest(_ text: UnsafeRawBufferPointer) -> Digest256? {
        guard text.count == 64, all(text, hexDigit) else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: 32) { bytes, count in
            for index in 0..<32 {
                bytes.initializeElement(at: index, to: value(text[2 * index]) << 4 | value(text[2 * index + 1]))
            }
            count = 32
        }
        return Digest256(bytes)
    }

    private static func value(_ digit: UInt8) -> UInt8 {
        digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
    }

    /// Whether one text comes before another, in the order of their bytes.
    static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let common = min(left.count, right.count)
        guard common > 0, let leftStart = left.baseAddress, let rightStart = right.baseAddress else {
            return left.count < right.count
        }
        let order = memcmp(leftStart, rightStart, common)
        return order != 0 ? order < 0 : left.count < right.count
    }

    /// Asks a rule about a string.
    static func holds(_ rule: (UnsafeRawBufferPointer) -> Bool, for text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes(rule)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a text stands at an offset.
    func has(_ text: StaticString, at offset: Int) -> Bool {
        guard offset >= 0, offset + text.utf8CodeUnitCount <= count, let baseAddress else { return false }
        return memcmp(baseAddress + offset, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
    /// Where a byte stands next.
    func position(of byte: UInt8, from start: Int) -> Int? {
        guard start < count, let baseAddress, let found = memchr(baseAddress + start, Int32(byte), count - start)
        else { return nil }
        return UnsafeRawPointer(found) - baseAddress
    }
}
