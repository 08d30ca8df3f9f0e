import Testing

@testable import QuorateCommands

@Suite struct FormattingTests {
    @Test(arguments: [
        (Duration.zero, "0 ns"), (.nanoseconds(850), "850 ns"), (.nanoseconds(1_000), "1 µs"),
        (.microseconds(12), "12 µs"), (.milliseconds(350), "350 ms"), (.microseconds(999_400), "999 ms"),
        (.microseconds(999_600), "1.0 s"), (.milliseconds(1_234), "1.2 s"), (.milliseconds(9_949), "9.9 s"),
        (.milliseconds(9_951), "10 s"), (.milliseconds(59_400), "59 s"), (.milliseconds(59_600), "1 min"),
        (.seconds(185), "3 min 5 s"), (.seconds(3_600), "1 h"), (.seconds(7_500), "2 h 5 min"),
        (.seconds(273_600), "3 d 4 h"), (.milliseconds(-350), "-350 ms"), (.seconds(Int64.max), "347222 d 5 h"),
    ])
    func durations(duration: Duration, text: String) {
        #expect(duration.brief == text)
    }

    @Test(arguments: [
        (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_234, "1.2 KiB"), (10_240, "10 KiB"),
        (1_048_575, "1.0 MiB"), (36_700_160, "35 MiB"), (1_288_490_189, "1.2 GiB"), (-5, "0 B"),
        (Int.max, "8.0 EiB"),
    ])
    func sizes(bytes: Int, text: String) {
        #expect(ByteSize(bytes).description == text)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567"), (-1_000, "-1,000"),
        (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func numbers(number: Int, text: String) {
        #expect(number.grouped == text)
    }
}
