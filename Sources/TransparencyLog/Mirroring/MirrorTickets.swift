internal import Crypto
internal import DurableFiles

/// Lets a mirror recognise a checkpoint that was pending earlier (c2sp.org/tlog-mirror, "ticket"): the client carries
/// it, under a code that only this mirror can make. So an upload goes on however often the log grows meanwhile.
struct MirrorTickets: Sendable {
    private let key: SymmetricKey

    private static let keyByteCount = 32
    /// Set before what the code is made over, so that it means nothing anywhere else.
    private static let purpose = Array("quorate/mirror-ticket/1\n".utf8)

    /// Reads the key from a file, which is made when it is not there; with another key, earlier tickets mean nothing.
    init(keyFile path: String) throws(TransparencyLogError) {
        if try RecordFiles.read(path) == nil {
            let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
            do throws(FileFailure) {
                try WholeFile.create(path, bytes, mode: 0o600)
            } catch {
                // Another process may have made it just now; anything else shows when it is read.
            }
        }
        guard let bytes = try RecordFiles.read(path), bytes.count == Self.keyByteCount else {
            throw TransparencyLogError(.records, "\(path): not the 32 bytes of a key; remove the file to get a new one")
        }
        key = SymmetricKey(data: bytes)
    }

    /// The ticket for a checkpoint whose lines were verified; empty when it would be too long to be sent.
    func ticket(for note: SignedNote) -> [UInt8] {
        let bytes = note.bytes
        let code = HMAC<SHA256>.authenticationCode(for: Self.purpose + bytes, using: key)
        let ticket = Array(code) + bytes
        return ticket.count <= Int(UInt16.max) ? ticket : []
    }

    /// The checkpoint in a ticket that this mirror made; nil for anything else.
    func note(in ticket: [UInt8]) -> SignedNote? {
        guard ticket.count > SHA256.byteCount else { return nil }
        let bytes = Array(ticket[SHA256.byteCount...])
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                ticket[..<SHA256.byteCount], authenticating: Self.purpose + bytes, using: key)
        else { return nil }
        return try? SignedNote(parsing: bytes)
    }
}
