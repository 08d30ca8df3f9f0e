internal import FoundationEssentials
internal import LocalStore

/// Row numbers in a blob, 4 bytes each, little-endian.
enum PackedNumbers {
    static func pack(_ numbers: [Int64]) throws(LocalStoreError) -> Data {
        var bytes = Data(capacity: 4 * numbers.count)
        for number in numbers {
            // Four thousand million registrations: a new store is needed long after other limits.
            guard let small = UInt32(exactly: number) else {
                throw LocalStoreError(.limitExceeded, "the store's database has given out all its numbers")
            }
            withUnsafeBytes(of: small.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Nil when the blob is not of whole numbers.
    static func unpack(_ bytes: UnsafeRawBufferPointer) -> [UInt32]? {
        guard bytes.count.isMultiple(of: 4) else { return nil }
        return [UInt32](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
            for index in 0..<bytes.count / 4 {
                (buffer.baseAddress.map { $0 + index })?.initialize(
                    to: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
            }
            count = bytes.count / 4
        }
    }
}
