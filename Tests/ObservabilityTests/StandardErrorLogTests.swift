import Glibc
import Testing

@testable import Observability

@Suite struct StandardErrorLogTests {
    @Test func aReaderWhoDoesNotReadCostsLinesAndNotTheService() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        defer { for end in ends { close(end) } }
        let log = StandardErrorLog(descriptor: ends[1])
        let line = Array((String(repeating: "x", count: 4_095) + "\n").utf8)
        // A pipe holds 64 KiB.
        for _ in 0..<18 { log.write(line) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        #expect(read(ends[0], &buffer, buffer.count) == 16 * 4_096)
        log.write(Array("next\n".utf8))
        let count = read(ends[0], &buffer, buffer.count)
        #expect(
            String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
                == "(2 log lines were lost: nobody read them)\nnext\n")
    }
}
