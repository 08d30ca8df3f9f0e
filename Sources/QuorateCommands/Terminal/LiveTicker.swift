import Glibc

/// Redraws a terminal's live lines ten times a second, as long as there are any.
///
/// A thread of its own, because a terminal that the user halted (^S) blocks its writers: neither an event loop nor the
/// cooperative pool may wait for it.
enum LiveTicker {
    static let intervalMicroseconds: UInt32 = 100_000

    static func start(_ terminal: Terminal) {
        let context = Unmanaged.passRetained(terminal)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let terminal = Unmanaged<Terminal>.fromOpaque(context).takeRetainedValue()
                repeat { usleep(LiveTicker.intervalMicroseconds) } while terminal.tick()
                return nil
            }, context.toOpaque())
        if result == 0 {
            pthread_detach(thread)
        } else {
            // No thread, no live lines: the work itself goes on.
            context.release()
        }
    }
}
