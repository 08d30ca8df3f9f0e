internal import Glibc

/// The `Date` field's value (RFC 9110, section 5.6.7), written once a second.
struct HTTPDate {
    private var second: time_t = -1
    private var text = ""

    /// Now, as `Sat, 21 Nov 2026 06:29:35 GMT`.
    mutating func now() -> String {
        var now = time(nil)
        guard now != second else { return text }
        second = now
        var parts = tm()
        gmtime_r(&now, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        text = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text
    }
}
