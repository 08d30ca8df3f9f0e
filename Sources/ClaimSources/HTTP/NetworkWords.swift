internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// What went wrong on the network in few words for people: what NIO's errors say of themselves names its own functions,
/// and for one connection every address that was tried.
package enum NetworkWords {
    /// Such as "connection refused".
    package static func of(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return of(first.error) }
            return error.dnsAError == nil && error.dnsAAAAError == nil ? "no connection" : "no such host"
        case let error as IOError: return words(forErrno: error.errnoCode)
        case ChannelError.connectTimeout: return "no connection in time"
        case is ChannelError: return "the connection ended"
        case let error as NIOSSLError: return words(forTLS: "\(error)")
        case let error as BoringSSLError: return words(forTLS: "\(error)")
        case let error as NIOSSLExtraError: return "no TLS: \(error.description)"
        case let error as HTTPClientError where error == .connectTimeout: return "no connection in time"
        default: return "\(error)"
        }
    }

    /// Whether an address cannot be listened on because another program does.
    package static func isAddressInUse(_ error: any Error) -> Bool {
        (error as? IOError)?.errnoCode == EADDRINUSE
    }

    /// The system's words for an error number, which begin a sentence, as a part of one.
    private static func words(forErrno code: Int32) -> String {
        let text = String(cString: strerror(code))
        // "No such device" and "RPC failed": abbreviations stay as they are.
        guard let first = text.first, text.dropFirst().first?.isLowercase == true else { return text }
        return first.lowercased() + text.dropFirst()
    }

    /// The reason of BoringSSL, such as `CERTIFICATE_VERIFY_FAILED`, out of the queue of errors around it.
    private static func words(forTLS text: String) -> String {
        let reason = text.split(separator: ":").lazy.compactMap { part in
            part.split(separator: " ").first { word in
                word.utf8.count > 6 && word.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "_") }
            }
        }.first
        guard let reason else { return "no TLS: \(text)" }
        return "no TLS: \(reason.lowercased().replacing("_", with: " "))"
    }
}
