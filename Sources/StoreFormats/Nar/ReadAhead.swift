internal import Glibc
internal import Synchronization

/// Reads a large file on a thread of its own, so that the kernel copies the next piece while this one is hashed.
///
/// One thread fills slots and one empties them, in the same order. A slot belongs to the reader from `free` on and to the
/// consumer from `ready` on; the semaphores order what both do to it.
final class ReadAhead: @unchecked Sendable {
    /// Files from this size on are worth a thread.
    static let threshold: UInt64 = 8 << 20

    private static let pieceSize = 1 << 20
    private static let slots = 3

    private let descriptor: Int32
    private let buffer: UnsafeMutableRawPointer
    /// Bytes in each slot; 0 at the end of the file, the negated error number when reading failed.
    private let counts: UnsafeMutablePointer<Int>
    private let free: UnsafeMutablePointer<sem_t>
    private let ready: UnsafeMutablePointer<sem_t>
    private let isStopping = Atomic<Bool>(false)
    private var thread = pthread_t()
    private var next = 0

    /// Starts reading an open file; nil when no thread can be had. The descriptor must stay open until `finish`.
    init?(descriptor: Int32) {
        self.descriptor = descriptor
        buffer = .allocate(byteCount: Self.slots * Self.pieceSize, alignment: 4096)
        counts = .allocate(capacity: Self.slots)
        counts.initialize(repeating: 0, count: Self.slots)
        free = .allocate(capacity: 1)
        ready = .allocate(capacity: 1)
        sem_init(free, 0, UInt32(Self.slots))
        sem_init(ready, 0, 0)
        let this = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ReadAhead>.fromOpaque(argument).takeRetainedValue().read()
                return nil
            }, this.toOpaque())
        guard code == 0 else {
            this.release()
            return nil
        }
    }

    deinit {
        sem_destroy(free)
        sem_destroy(ready)
        free.deallocate()
        ready.deallocate()
        counts.deallocate()
        buffer.deallocate()
    }

    /// Hands the next piece to `body`: empty at the end of the file.
    /// - Throws: What `body` throws.
    /// - Returns: Zero, or the error number when reading failed.
    func take(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows -> Int32 {
        Self.wait(ready)
        let slot = next
        next = (next + 1) % Self.slots
        let count = counts[slot]
        guard count >= 0 else { return Int32(-count) }
        try body(UnsafeRawBufferPointer(start: buffer + slot * Self.pieceSize, count: count))
        sem_post(free)
        return 0
    }

    /// Ends the thread. Has to be called, whatever was taken.
    func finish() {
        isStopping.store(true, ordering: .relaxed)
        sem_post(free)
        pthread_join(thread, nil)
    }

    private func read() {
        var slot = 0
        while true {
            Self.wait(free)
            guard !isStopping.load(ordering: .relaxed) else { return }
            var count = Glibc.read(descriptor, buffer + slot * Self.pieceSize, Self.pieceSize)
            while count < 0, errno == EINTR {
                count = Glibc.read(descriptor, buffer + slot * Self.pieceSize, Self.pieceSize)
            }
            counts[slot] = count < 0 ? -Int(errno) : count
            sem_post(ready)
            guard count > 0 else { return }
            slot = (slot + 1) % Self.slots
        }
    }

    private static func wait(_ semaphore: UnsafeMutablePointer<sem_t>) {
        while sem_wait(semaphore) != 0, errno == EINTR {}
    }
}
