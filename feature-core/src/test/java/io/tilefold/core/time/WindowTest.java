package io.tilefold.core.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WindowTest {
    @ParameterizedTest
    @CsvSource({
        "1h,   2001-02-10T12:03:00Z, 2001-02-10T11:00:00Z",
        "1h,   2001-02-10T12:00:00Z, 2001-02-10T11:00:00Z",
        "11h,  2001-02-10T12:04:59.999Z, 2001-02-10T01:00:00Z",
        "12h,  2001-02-10T12:59:00Z, 2001-02-10T00:00:00Z",
        "24h,  2001-02-10T12:59:00Z, 2001-02-09T12:00:00Z",
        "1d,   2001-02-10T12:59:00Z, 2001-02-09T12:00:00Z",
        "11d,  2001-02-12T12:59:00Z, 2001-02-01T12:00:00Z",
        "12d,  2001-02-13T12:59:00Z, 2001-02-01T00:00:00Z",
        "289h, 2001-02-13T00:30:00Z, 2001-01-31T00:00:00Z",
        "30d,  2001-02-10T12:59:00Z, 2001-01-11T00:00:00Z"
    })
    void tailIsTheHopAtOrBeforeQMinusLength(String window, String q, String tail) {
        assertThat(Instant.ofEpochMilli(
                        Window.parse(window).tail(Instant.parse(q).toEpochMilli())))
                .isEqualTo(Instant.parse(tail));
    }

    @Test
    void agreesWithTheModelAndTailsNeverGrowWithLength() {
        List<String> windows = List.of(
                "1h", "6h", "11h", "12h", "13h", "1d", "7d", "11d", "287h", "288h", "12d", "289h", "30d", "90d");
        Seeds.forEach(200, random -> {
            long q = random.nextLong(-4_000_000_000_000L, 4_000_000_000_000L);
            long previous = Long.MAX_VALUE;
            for (Window window :
                    windows.stream().map(Window::parse).sorted(Window.BY_LENGTH).toList()) {
                assertThat(window.tail(q))
                        .isEqualTo(SlowModel.tail(q, window.label()))
                        .isLessThanOrEqualTo(previous);
                previous = window.tail(q);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0d", "-1h", "1.5d", "7", "d", "5m", "7 d", "9999999d"})
    void refusesWhatIsNoWindow(String text) {
        assertThatThrownBy(() -> Window.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }

    @Test
    void hopsFloorAndCeilOnBothSidesOfTheEpoch() {
        assertThat(Hop.HOUR.floor(-1)).isEqualTo(-3_600_000);
        assertThat(Hop.HOUR.ceil(-1)).isZero();
        assertThat(Hop.HOUR.ceil(0)).isZero();
        assertThat(Hop.FIVE_MINUTES.ceil(1)).isEqualTo(300_000);
        assertThat(Hop.DAY.startOf(Hop.DAY.indexOf(-1))).isEqualTo(-86_400_000);
    }
}
