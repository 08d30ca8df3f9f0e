extension Character {
    /// Columns that a terminal gives to this character: 0, 1 or 2.
    ///
    /// An estimate, as every terminal's own is: East Asian Width (UAX #11) in ranges, and emoji.
    package var displayWidth: Int {
        if let ascii = asciiValue { return ascii < 0x20 || ascii == 0x7f ? 0 : 1 }
        var width = 0
        for scalar in unicodeScalars {
            // The emoji selector asks for the wide picture of a character that is narrow without it.
            if scalar.value == 0xfe0f { return 2 }
            width = max(width, scalar.displayWidth)
        }
        return width
    }
}

extension String {
    /// Columns that a terminal gives to this text.
    package var displayWidth: Int {
        isPrintableASCII ? utf8.count : reduce(0) { $0 + $1.displayWidth }
    }

    /// Text in which every byte is a column: most of what is printed, and quickly seen.
    var isPrintableASCII: Bool { utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } }
}

extension Unicode.Scalar {
    /// Wide and fullwidth characters of UAX #11, neighbours merged where nothing narrow lies between.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0xa4cf, 0xa960...0xa97f,
        0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6,
        0x17000...0x18cff, 0x1b000...0x1b2ff, 0x1f200...0x1f2ff, 0x20000...0x3fffd,
    ]

    fileprivate var displayWidth: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if (0x1160...0x11ff).contains(value) { return 0 }
        if value < 0x1100 { return 1 }
        return properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) } ? 2 : 1
    }
}
