package import NIOCore

/// What one GET brought.
package enum HTTPAnswer: Sendable {
    /// Status 200 and the whole body.
    case body(ByteBuffer)
    /// The server says that it does not have it: 404, 410, or 403 as object stores answer for absent keys.
    case absent
    /// Anything else.
    case trouble(SourceTrouble)
}
