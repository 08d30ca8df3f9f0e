/// Writes a stream of exported store objects, as ``ExportParser`` reads it.
///
/// A stream is, for each object, ``objectStart``, the object's NAR and
/// ``objectEnd(path:references:deriver:signature:)``; then ``end``. Objects come behind those they refer to, so that
/// whoever imports them never has one with dangling references.
public enum ExportWriter {
    /// What stands before each NAR.
    public static let objectStart = number(ExportMarker.object)

    /// What ends the stream.
    public static let end = number(ExportMarker.end)

    /// What stands behind each NAR.
    ///
    /// - Parameters:
    ///   - path: Where the object belongs.
    ///   - references: What it refers to, in any order.
    ///   - deriver: The derivation that made it.
    ///   - signature: The s-expression that Guix wants; nil for Nix.
    public static func objectEnd(
        path: StorePath, references: some Collection<StorePath>, deriver: StorePath?, signature: ByteString? = nil
    ) -> [UInt8] {
        let references = Set(references).sorted()
        var bytes = number(ExportMarker.magic)
        bytes += string(Array(path.path.utf8))
        bytes += number(UInt64(references.count))
        for reference in references { bytes += string(Array(reference.path.utf8)) }
        bytes += string(Array((deriver?.path ?? "").utf8))
        guard let signature else { return bytes + number(ExportMarker.noSignature) }
        return bytes + number(ExportMarker.signature) + string(signature.bytes)
    }

    /// Writes one object that lies in a file system, without a signature.
    ///
    /// The call blocks on the file system: keep it off Swift's cooperative threads.
    ///
    /// - Parameters:
    ///   - path: Where the object belongs.
    ///   - file: Where it lies.
    ///   - references: What it refers to, in any order.
    ///   - deriver: The derivation that made it.
    ///   - sink: Gets the pieces of the stream, valid during the call only.
    /// - Throws: What ``NarDumper/dump(_:limits:to:)`` and `sink` throw.
    public static func write(
        _ path: StorePath, at file: String, references: some Collection<StorePath>, deriver: StorePath?,
        to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try objectStart.withUnsafeBytes(sink)
        try NarDumper.dump(file, to: sink)
        try objectEnd(path: path, references: references, deriver: deriver).withUnsafeBytes(sink)
    }

    private static func number(_ value: UInt64) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func string(_ text: [UInt8]) -> [UInt8] {
        number(UInt64(text.count)) + text + [UInt8](repeating: 0, count: (8 - text.count % 8) % 8)
    }
}
