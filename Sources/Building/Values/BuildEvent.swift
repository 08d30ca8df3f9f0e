package import StoreFormats

/// Something that happened while paths were realised, for a display. Events of one path come in order.
package enum BuildEvent: Sendable {
    /// The plan stands; sent once, first.
    case planned(BuildPlan)

    /// A build waits for another process that works at the same outputs.
    case waiting(derivation: StorePath)

    /// A builder was started.
    case started(derivation: StorePath)

    /// A builder printed a whole line (without its end), or the rest without a line end when it ended. Not sanitised.
    case line(derivation: StorePath, [UInt8])

    /// A phase of a build begins, as the builder says: Nix's standard environment names them.
    case phase(derivation: StorePath, String)

    /// A builder ended well: its outputs are being hashed, scanned and registered.
    case registering(derivation: StorePath)

    /// A build is over; this is the last event of a derivation.
    case finished(derivation: StorePath, BuildOutcome)

    /// A path is being fetched.
    case fetching(StorePath)

    /// Bytes of a path's NAR that came so far.
    case fetched(StorePath, bytes: UInt64)

    /// A path is fetched and valid.
    case fetchFinished(StorePath)

    /// A path could not be fetched; it is built where that is possible.
    case fetchFailed(StorePath, message: String)

    /// Something that people should know and that stops nothing.
    case warning(String)
}
