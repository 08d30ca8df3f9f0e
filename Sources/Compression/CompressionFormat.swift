/// The formats in which caches keep their files.
///
/// The raw value is the word for the format in narinfos.
package enum CompressionFormat: String, Hashable, Sendable, CaseIterable {
    /// The bytes as they are.
    case none
    /// xz: <https://tukaani.org/xz/xz-file-format.txt>
    case xz
    /// Zstandard: RFC 8878.
    case zstd
    /// bzip2.
    case bzip2
    /// gzip: RFC 1952.
    case gzip
    /// Brotli: RFC 7932.
    case br
    /// lzip, which is read but not written.
    case lzip
    /// LZ4 frames, which are read but not written: <https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md>
    case lz4

    /// What file names end with, without a dot; empty for ``none``.
    package var fileExtension: String {
        switch self {
        case .none: ""
        case .xz: "xz"
        case .zstd: "zst"
        case .bzip2: "bz2"
        case .gzip: "gz"
        case .br: "br"
        case .lzip: "lz"
        case .lz4: "lz4"
        }
    }

    /// Whether this module can write the format.
    package var isWritable: Bool { self != .lzip && self != .lz4 }

    /// The levels that a ``Compressor`` takes, from fast to small.
    package var levels: ClosedRange<Int> {
        switch self {
        case .none, .lzip, .lz4: 0...0
        case .xz: 0...9
        case .zstd: 1...19
        case .bzip2, .gzip: 1...9
        case .br: 0...11
        }
    }

    /// The level where nobody names one: what the format's own tool takes, and for Brotli one that is not slower than
    /// xz.
    package var standardLevel: Int {
        switch self {
        case .none, .lzip, .lz4: 0
        case .xz: 6
        case .zstd: 3
        case .bzip2: 9
        case .gzip: 6
        case .br: 6
        }
    }
}
