internal import DurableFiles
internal import Glibc

/// A file of slots for hashes: a table that is looked up and filled by its place alone.
///
/// A slot has 16 bytes: 10 of the hash and 6 of the number that belongs to it, plus one; an empty slot is zeros. The
/// place comes from the hash's first 8 bytes, the slot has the next 10: 144 bits tell hashes apart closely enough that
/// a wrong hit is a matter for whoever verifies it, not of daily life. Slots come in buckets of 16; a full one goes
/// on in the next. Reading and writing may go on at once: a slot that is read half written fits no hash, and whoever
/// writes keeps what is under way in memory until it is written.
final class HashIndexSegment: Sendable {
    /// How many slots: a power of two.
    let slotCount: UInt64
    private let path: String
    private let descriptor: Int32
    private let filter: HashFilter?

    private static let slotByteCount = 16
    private static let bucketSlotCount = 16
    private static let bucketByteCount = slotByteCount * bucketSlotCount
    /// Buckets that are looked through before a table counts as full.
    private static let reach = 16

    /// Opens a segment, and makes it where there is none.
    init(_ path: String, slotCount: UInt64) throws(FileFailure) {
        self.path = path
        self.slotCount = slotCount
        filter = HashFilter(slotCount: slotCount)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileFailure(path, "cannot be opened") }
        let byteCount = off_t(slotCount) * off_t(Self.slotByteCount)
        // The room is taken at once, so that a full disk shows here and not later.
        let code = posix_fallocate(descriptor, 0, byteCount)
        guard code == 0 else {
            close(descriptor)
            throw FileFailure(path, "cannot be made", code: code)
        }
    }

    deinit { close(descriptor) }

    /// How a number came to its place, or that it did not.
    enum Insertion {
        case added
        case present
        /// There is no room near its place; `alone` when all that is there has the same hash.
        case crowded(alone: Bool)
    }

    /// Puts a number under a hash. One thread at a time.
    func insert(_ hash: LogHash, _ number: UInt64) throws(FileFailure) -> Insertion {
        let slot = Self.slot(hash, number)
        var strangers = false
        var bucket = Bucket(repeating: (0, 0))
        for step in 0..<UInt64(Self.reach) {
            let place = place(hash, step)
            try read(&bucket, place)
            for index in 0..<Self.bucketSlotCount {
                let there = bucket[index]
                if there == slot { return .present }
                if there == (0, 0) {
                    filter?.add(slot.0)
                    try write(slot, at: place + off_t(index * Self.slotByteCount))
                    return .added
                }
                if there.0 != slot.0 || there.1 >> 48 != slot.1 >> 48 { strangers = true }
            }
        }
        return .crowded(alone: !strangers)
    }

    /// The numbers under a hash.
    func find(_ hash: LogHash, _ found: inout [UInt64]) throws(FileFailure) {
        let slot = Self.slot(hash, 0)
        if let filter, !filter.mayHave(slot.0) { return }
        var bucket = Bucket(repeating: (0, 0))
        for step in 0..<UInt64(Self.reach) {
            try read(&bucket, place(hash, step))
            for index in 0..<Self.bucketSlotCount {
                let there = bucket[index]
                if there == (0, 0) { return }
                if there.0 == slot.0 && there.1 >> 48 == slot.1 >> 48 { found.append((there.1 & 0xFFFF_FFFF_FFFF) - 1) }
            }
        }
    }

    /// Reads what was there when the file was opened; how many slots are taken.
    func load() throws(FileFailure) -> UInt64 {
        var count: UInt64 = 0
        var part = [(UInt64, UInt64)](repeating: (0, 0), count: 1 << 14)
        var place = 0
        while place < Int(slotCount) * Self.slotByteCount {
            let got = part.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, place) }
            guard got > 0, got % Self.slotByteCount == 0 else {
                throw FileFailure(path, "cannot be read", code: got < 0 ? errno : EIO)
            }
            for slot in part[..<(got / Self.slotByteCount)] where slot != (0, 0) {
                count += 1
                filter?.add(slot.0)
            }
            place += got
        }
        return count
    }

    /// Makes what was inserted durable.
    func sync() throws(FileFailure) {
        guard fdatasync(descriptor) == 0 else { throw FileFailure(path, "cannot be synced") }
    }

    private typealias Bucket = InlineArray<16, (UInt64, UInt64)>

    private static func slot(_ hash: LogHash, _ number: UInt64) -> (UInt64, UInt64) {
        hash.withUnsafeBytes { bytes in
            (
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                UInt64(bytes.loadUnaligned(fromByteOffset: 16, as: UInt16.self)) << 48 | (number + 1) & 0xFFFF_FFFF_FFFF
            )
        }
    }

    private func place(_ hash: LogHash, _ step: UInt64) -> off_t {
        let buckets = slotCount / UInt64(Self.bucketSlotCount)
        let first = hash.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        return off_t((first &+ step) % buckets) * off_t(Self.bucketByteCount)
    }

    private func read(_ bucket: inout Bucket, _ place: off_t) throws(FileFailure) {
        let count = withUnsafeMutableBytes(of: &bucket) { pread(descriptor, $0.baseAddress, $0.count, place) }
        guard count == Self.bucketByteCount else {
            throw FileFailure(path, "cannot be read", code: count < 0 ? errno : EIO)
        }
    }

    private func write(_ slot: (UInt64, UInt64), at place: off_t) throws(FileFailure) {
        let count = withUnsafeBytes(of: slot) { pwrite(descriptor, $0.baseAddress, $0.count, place) }
        guard count == Self.slotByteCount else {
            throw FileFailure(path, "cannot be written", code: count < 0 ? errno : EIO)
        }
    }
}
