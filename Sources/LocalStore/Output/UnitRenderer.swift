internal import Glibc

/// Memory for one unit, used again and again.
final class UnitBuffer {
    private(set) var base: UnsafeMutableRawPointer
    private var capacity: Int
    var count = 0

    /// One byte is always left behind what is wanted: it tells a file that grew.
    init(capacity: Int = ScanUnit.pieceSize + (64 << 10)) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity + 1, alignment: 4096)
    }

    deinit { base.deallocate() }

    func reset(for size: Int) {
        count = 0
        guard size > capacity else { return }
        base.deallocate()
        capacity = size
        base = .allocate(byteCount: capacity + 1, alignment: 4096)
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}

/// Makes the bytes of units: reads the files that they name.
struct UnitRenderer {
    let root: String
    let settler: MetadataSettler?

    func render(_ unit: ScanUnit, into buffer: UnitBuffer) throws(LocalStoreError) {
        buffer.reset(for: unit.byteCount)
        for part in unit.parts {
            switch part {
            case .framing(let range):
                unit.framing.withUnsafeBytes { bytes in
                    guard let base = bytes.baseAddress else { return }
                    (buffer.base + buffer.count).copyMemory(from: base + range.lowerBound, byteCount: range.count)
                }
                buffer.count += range.count
            case .file(let folder, let name, let size, let status):
                try unit.names.withUnsafeBufferPointer { bytes throws(LocalStoreError) in
                    guard let base = bytes.baseAddress else { return }
                    let text = UnsafeRawPointer(base + name).assumingMemoryBound(to: CChar.self)
                    try read(folder?.number ?? AT_FDCWD, text, size: size, status, into: buffer)
                }
            case .piece(let file, let offset, let count, let isLast):
                try read(file.number, offset: offset, count: count, isLast: isLast, place: root, into: buffer)
            }
        }
    }

    private func read(
        _ parent: Int32, _ name: UnsafePointer<CChar>, size: Int, _ status: stat, into buffer: UnitBuffer
    ) throws(LocalStoreError) {
        let place = { parent == AT_FDCWD ? root : "\(root): \(String(cString: name))" }
        let file = try SettledFile.open(parent, name, status, settler, place: place)
        try read(file.number, offset: 0, count: size, isLast: true, place: place(), into: buffer)
    }

    private func read(
        _ file: Int32, offset: UInt64, count: Int, isLast: Bool, place: @autoclosure () -> String,
        into buffer: UnitBuffer
    ) throws(LocalStoreError) {
        // One byte more than must come tells a file that grew, without another call.
        let wanted = isLast ? count + 1 : count
        var done = 0
        while done < wanted {
            let taken = pread(file, buffer.base + buffer.count + done, wanted - done, off_t(offset) + off_t(done))
            if taken < 0, errno == EINTR { continue }
            guard taken >= 0 else { throw .system(place(), "cannot be read") }
            done += taken
            // Files give all there is: an answer shorter than the question is the end.
            if taken == 0 || (done == count && isLast) { break }
        }
        guard done == count else {
            throw LocalStoreError(.changed, "\(place()): \(done > count ? "grew" : "shrank") while it was read")
        }
        buffer.count += count
    }
}
