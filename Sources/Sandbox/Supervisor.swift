internal import CSandbox
internal import Glibc

/// Starts one build, hands on what it writes, ends it when it goes beyond its limits, and waits until all of it is gone.
/// Everything happens on the thread that calls ``run()``.
struct Supervisor {
    let plan: SandboxPlan
    let alarm: Alarm
    let onOutput: @Sendable (UnsafeRawBufferPointer) -> Void

    /// `__WALL` of wait4(2), which is not imported.
    private static let allChildren: Int32 = 0x4000_0000
    /// As much as a pipe holds.
    private static let bufferSize = 65536

    func run() -> Result<SandboxResult, SandboxError> {
        do {
            return .success(try supervised())
        } catch {
            return .failure(error)
        }
    }

    private func supervised() throws(SandboxError) -> SandboxResult {
        let group = plan.limits.memoryBytes.flatMap { ControlGroup(memoryBytes: $0) }
        let native = NativePlan(plan, controlGroups: group.map { [$0.processes] } ?? [])
        var child = csandbox_child()
        var failure = csandbox_failure()
        let ownPeak = Self.peakMemoryOfCaller()
        let start = MonotonicTime.now
        guard withUnsafePointer(to: native.spec, { csandbox_spawn($0, &child, &failure) }) == 0 else {
            throw Refusals.error(failure, in: plan, origins: native.origins)
        }
        defer {
            close(child.process)
            close(child.output)
        }
        var watch = Watch(child: child, limits: plan.limits, start: start)
        follow(&watch)
        var status: Int32 = 0
        var usage = rusage()
        var reaped: pid_t
        repeat {
            reaped = wait4(child.pid, &status, Self.allChildren, &usage)
        } while reaped < 0 && errno == EINTR
        let missesClocks = csandbox_end_view(&child) != 0
        // A status that nobody knows must not look like success.
        guard reaped == child.pid else { throw Self.unknownEnd(errno) }
        var unenforced: [SandboxResult.Unenforced] = missesClocks ? [.clocks] : []
        if plan.limits.memoryBytes != nil && group == nil { unenforced.append(.memoryLimit) }
        var outcome = watch.verdict ?? Self.outcome(of: status)
        // Also where the builder did not mind: what it made without a part of itself is not its result.
        if watch.verdict == nil, group?.hasKilled == true { outcome = .outOfMemory }
        return SandboxResult(
            outcome: outcome, userSeconds: usage.ru_utime.seconds,
            systemSeconds: usage.ru_stime.seconds, wallSeconds: MonotonicTime.now - start,
            peakMemoryBytes: group?.peak ?? Self.peakMemory(usage, above: ownPeak),
            outputBytes: watch.outputBytes, unenforced: unenforced)
    }

    // Waiting

    /// What is known of a running build.
    private struct Watch {
        let child: csandbox_child
        let limits: SandboxPlan.Limits
        let start: Double
        var lastOutput: Double
        var outputBytes: UInt64 = 0
        /// Why we killed it, if we did.
        var verdict: SandboxOutcome?

        init(child: csandbox_child, limits: SandboxPlan.Limits, start: Double) {
            self.child = child
            self.limits = limits
            self.start = start
            lastOutput = start
        }

        mutating func end(_ verdict: SandboxOutcome) {
            guard self.verdict == nil else { return }
            self.verdict = verdict
            var child = child
            // It fails when the build is over already.
            _ = csandbox_kill(&child)
        }

        /// Milliseconds that may be waited, -1 for ever. Ends what is overdue.
        mutating func patience() -> Int32 {
            guard verdict == nil else { return -1 }
            let now = MonotonicTime.now
            var nearest = Double.infinity
            for (limit, since, verdict) in [
                (limits.seconds, start, SandboxOutcome.timedOut), (limits.silentSeconds, lastOutput, .silentTooLong),
            ] {
                guard let limit else { continue }
                if now - since >= limit {
                    end(verdict)
                    return -1
                }
                nearest = min(nearest, limit - (now - since))
            }
            // Rounded up: earlier there would be nothing to do. A week is as good as for ever.
            return nearest.isFinite ? Int32(min(nearest * 1000, 604_800_000)) + 1 : -1
        }
    }

    /// Returns when the builder has ended, and with it every other process of its namespace.
    private func follow(_ watch: inout Watch) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferSize, alignment: 16)
        defer { buffer.deallocate() }
        var waits = [
            pollfd(fd: watch.child.process, events: Int16(POLLIN), revents: 0),
            pollfd(fd: watch.child.output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: alarm.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let patience = watch.patience()
            guard poll(&waits, UInt(waits.count), patience) >= 0 || errno == EINTR else { break }
            if waits[2].revents != 0 {
                watch.end(.cancelled)
                waits[2].fd = -1
            }
            // Asked before the output is read: what was written is in the pipe before its writer is gone.
            let hasEnded = waits[0].revents != 0
            if waits[1].revents != 0 || hasEnded {
                var goesOn = hand(buffer, &watch)
                while hasEnded && goesOn == .more { goesOn = hand(buffer, &watch) }
                if goesOn == .end { waits[1].fd = -1 }
            }
            if hasEnded { return }
            for index in waits.indices { waits[index].revents = 0 }
        }
    }

    private enum Reading { case more, nothing, end }

    /// Reads once and hands it on. A terminal says with an error that nobody has it open any more.
    private func hand(_ buffer: UnsafeMutableRawBufferPointer, _ watch: inout Watch) -> Reading {
        guard let address = buffer.baseAddress else { return .end }
        let count = read(watch.child.output, address, buffer.count)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return .nothing }
        guard count > 0 else { return .end }
        watch.lastOutput = MonotonicTime.now
        watch.outputBytes += UInt64(count)
        if let most = watch.limits.logBytes, watch.outputBytes > most { watch.end(.logTooLarge) }
        // What a build writes after it went too far is nobody's.
        if watch.verdict != .logTooLarge { onOutput(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return .more
    }

    // Results

    private static func unknownEnd(_ error: Int32) -> SandboxError {
        SandboxError(
            code: .failed, stage: .execute, systemError: error,
            message: "how the builder ended is not known (\(Refusals.text(of: error))): "
                + "this program must neither ignore SIGCHLD nor wait for children that are not its own")
    }

    private static func outcome(of status: Int32) -> SandboxOutcome {
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
    }

    /// The builder shares our memory until it executes, and its peak begins with ours.
    private static func peakMemory(_ usage: rusage, above own: Int) -> UInt64? {
        usage.ru_maxrss > own ? UInt64(usage.ru_maxrss) * 1024 : nil
    }

    private static func peakMemoryOfCaller() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1_000_000 }
}

/// Seconds on the clock that nobody sets.
private enum MonotonicTime {
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
