internal import LocalStore
internal import Sandbox
internal import StoreFormats

extension BuildFailure.Kind {
    /// What an error of this module means for a build.
    init(_ error: BuildingError) {
        switch error.code {
        case .invalidAttribute, .invalidDerivation: self = .invalidAttribute(error.message)
        case .notSupported: self = .notSupported(error.message)
        case .fetch: self = .download(error.message)
        case .cancelled: self = .cancelled
        default: self = .machine(error.message)
        }
    }

    /// How a builder ended, if not well.
    init?(_ outcome: SandboxOutcome, limits: SandboxPlan.Limits) {
        switch outcome {
        case .exited(0): return nil
        case .exited(let status): self = .exited(status: status)
        case .signalled(let signal): self = .signalled(signal: signal)
        case .timedOut: self = .timedOut(seconds: Int(limits.seconds ?? 0))
        case .silentTooLong: self = .silent(seconds: Int(limits.silentSeconds ?? 0))
        case .logTooLarge: self = .logTooLarge(bytes: limits.logBytes ?? 0)
        case .outOfMemory: self = .outOfMemory(bytes: limits.memoryBytes ?? 0)
        case .cancelled: self = .cancelled
        }
    }

    /// Why an output could not be taken into the store.
    init(_ error: LocalStoreError, of path: StorePath) {
        switch error.code {
        case .unsupportedFile, .foreignOwner, .limitExceeded, .changed:
            self = .refusedOutput(path: path, why: error.message)
        case .cancelled: self = .cancelled
        default: self = .machine(error.message)
        }
    }
}

extension BuildMeasures {
    mutating func add(_ result: SandboxResult) {
        wall = .seconds(result.wallSeconds)
        processor = .seconds(result.userSeconds + result.systemSeconds)
        peakMemory = result.peakMemoryBytes
        sawTrueTime = result.unenforced.contains(.clocks)
    }
}
