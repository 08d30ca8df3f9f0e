internal import Glibc
internal import NIOCore

/// Carries a body from a thread that blocks to a task that sends it, a few pieces ahead and no more: a slow client keeps
/// the writer waiting, and not the memory growing.
final class BodyPipe: Sendable {
    /// Why writing ended early, or never began.
    private struct ClientGone: Error {}

    private let pieces: AsyncThrowingStream<ByteBuffer, any Error>
    private let room: Room

    /// Pieces that wait to be sent.
    private static let depth = 4

    /// Starts writing on a thread of its own: those of a pool would all wait for a few slow clients.
    init(writing write: @escaping @Sendable (CacheAnswer.Sink) throws -> Void) {
        let room = Room(Self.depth)
        let (pieces, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
        self.pieces = pieces
        self.room = room
        let hasStarted = DetachedThread.start {
            do {
                try write { bytes in
                    guard room.take() else { throw ClientGone() }
                    continuation.yield(ByteBuffer(bytes: bytes))
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        if !hasStarted { continuation.finish(throwing: ClientGone()) }
    }

    /// The next piece, nil at the end. Called by one task.
    func next() async throws -> ByteBuffer? {
        for try await piece in pieces {
            room.give()
            return piece
        }
        return nil
    }

    /// Lets the writer end: nobody reads any more.
    func abandon() { room.close() }
}

/// Counts how much may be put ahead; the side that writes waits on its thread, the other never does.
private final class Room: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Under the lock.
    private var left: Int
    private var isClosed = false

    init(_ count: Int) {
        left = count
        pthread_mutex_init(lock, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(condition)
        lock.deallocate()
        condition.deallocate()
    }

    /// Waits for room; false when nobody reads any more.
    func take() -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while left == 0, !isClosed { pthread_cond_wait(condition, lock) }
        left -= 1
        return !isClosed
    }

    func give() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        left += 1
        pthread_cond_signal(condition)
    }

    func close() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        isClosed = true
        pthread_cond_signal(condition)
    }
}

/// A thread that nobody waits for.
private enum DetachedThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }

    /// - Returns: Whether the system had a thread left.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(body))
        guard pthread_create(&thread, nil, entry, argument.toOpaque()) == 0 else {
            argument.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
