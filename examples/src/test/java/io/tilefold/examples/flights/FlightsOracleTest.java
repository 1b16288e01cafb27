package io.tilefold.examples.flights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The SQL against values worked out by hand from SEMANTICS.md. */
@TestInstance(Lifecycle.PER_CLASS)
class FlightsOracleTest {
    private static final long BATCH_END_MS = FlightsTable.ms("2001-01-10 00:00");
    private static final long NOON_SEVEN_MS = FlightsTable.ms("2001-01-10 12:07");

    private static final int A_TO_B = 0;
    private static final int A_TO_B_LATER = 1;
    private static final int NEVER_FLOWN = 2;
    private static final int WITHOUT_DELAY = 3;
    private static final int NULL_ORIGIN = 4;
    private static final List<Question> QUESTIONS = List.of(
            new Question("AAA", "BBB", NOON_SEVEN_MS),
            new Question("AAA", "BBB", FlightsTable.ms("2001-01-10 12:10")),
            new Question("YYY", "ZZZ", NOON_SEVEN_MS),
            new Question("BBB", "AAA", NOON_SEVEN_MS),
            new Question(null, "BBB", NOON_SEVEN_MS));

    @TempDir
    private static Path directory;

    private FlightsOracle.Answers answers;

    /** Tails at 12:07: 1h 11:05, 6h 06:05, 1d the 9th 12:00, 7d the 3rd 12:00, 30d the 11th of December 00:00. */
    @BeforeAll
    void ask() throws Exception {
        Path flights = new FlightsTable()
                .flight("2000-12-10 23:59", "AAA", "BBB", 99, 1) // the last minute before the tail of 30d
                .flight("2000-12-11 00:00", "AAA", "BBB", 7, 2) // exactly at it
                .flight("2001-01-01 00:00", "AAA", "BBB", 10, 4)
                .flight("2001-01-03 11:59", "AAA", "BBB", 50, 8) // the last minute before the tail of 7d
                .flight("2001-01-03 12:00", "AAA", "BBB", 6, 16) // exactly at it
                .flight("2001-01-02 23:59", "BBB", "AAA", null, 5) // the last minute before the daily tail of 7d
                .flight("2001-01-03 00:00", "BBB", "AAA", null, 300) // exactly at it
                .flight("2001-01-09 12:00", "AAA", "CCC", 4, 32) // exactly at the tail of 1d
                .flight("2001-01-10 06:05", "AAA", "BBB", 2, 1000) // exactly at the tail of 6h
                .flight("2001-01-10 11:04", "AAA", "CCC", -3, 1000) // the last minute before the tail of 1h
                .flight("2001-01-10 11:05", "AAA", "BBB", 5, 1000) // exactly at it
                .flight("2001-01-10 12:00", "CCC", "BBB", -7, 1000)
                .flight("2001-01-10 12:06", "AAA", "BBB", 20, 1000) // two of one time
                .flight("2001-01-10 12:06", "AAA", "CCC", 30, 1000)
                .flight("2001-01-10 12:07", "AAA", "BBB", 1000, 1000) // exactly at q
                .writeTo(directory);
        answers = FlightsOracle.answer(flights, BATCH_END_MS, QUESTIONS);
    }

    @Test
    void everyColumnIsThereForEveryQuestion() {
        // 12 outputs of departures and of route, 15 of arrivals, each with 6 windows; 6 of the daily part with 3,
        // joined twice.
        assertThat(answers.columns()).hasSize((12 + 12 + 15) * 6 + 2 * 6 * 3).doesNotHaveDuplicates();
        assertThat(answers.rows())
                .hasSameSizeAs(QUESTIONS)
                .allSatisfy(row -> assertThat(row.keySet()).containsExactlyInAnyOrderElementsOf(answers.columns()));
    }

    @Test
    void departuresOfTheLastHourStartAtTheTailAndEndBeforeQ() {
        assertColumns(
                A_TO_B,
                Map.ofEntries(
                        Map.entry("airport_departures_delay_count_1h", 3L),
                        Map.entry("airport_departures_delay_sum_1h", 55L),
                        Map.entry("airport_departures_delay_average_1h", 55 / 3.0),
                        Map.entry("airport_departures_delay_min_1h", 5L),
                        Map.entry("airport_departures_delay_max_1h", 30L),
                        Map.entry("airport_departures_delay_first_1h", 5L),
                        Map.entry("airport_departures_delay_last_1h", 30L),
                        Map.entry("airport_departures_delay_last5_1h", List.of(30L, 20L, 5L)),
                        Map.entry("airport_departures_delay_top3_1h", List.of(30L, 20L, 5L)),
                        Map.entry("airport_departures_destination_unique_count_1h", 2L),
                        Map.entry("airport_departures_destination_last5_1h", List.of("CCC", "BBB", "BBB")),
                        Map.entry(
                                "airport_departures_delay_average_1h_by_destination",
                                Map.of("BBB", 12.5, "CCC", 30.0))));
    }

    @Test
    void longerWindowsReachBackToTheirOwnTails() {
        assertColumns(
                A_TO_B,
                Map.ofEntries(
                        Map.entry("airport_departures_delay_count_6h", 5L),
                        Map.entry("airport_departures_delay_sum_6h", 54L),
                        Map.entry("airport_departures_delay_first_6h", 2L),
                        Map.entry("airport_departures_delay_last5_6h", List.of(30L, 20L, 5L, -3L, 2L)),
                        Map.entry(
                                "airport_departures_delay_average_6h_by_destination", Map.of("BBB", 9.0, "CCC", 13.5)),
                        Map.entry("airport_departures_delay_count_1d", 6L),
                        Map.entry("airport_departures_delay_first_1d", 4L),
                        Map.entry("airport_departures_delay_count_7d", 7L),
                        Map.entry("airport_departures_delay_first_7d", 6L),
                        Map.entry(
                                "airport_departures_delay_average_7d_by_destination",
                                Map.of("BBB", 8.25, "CCC", 31 / 3.0)),
                        Map.entry("airport_departures_delay_count_30d", 10L),
                        Map.entry("airport_departures_delay_sum_30d", 131L),
                        Map.entry("airport_departures_delay_first_30d", 7L),
                        Map.entry("airport_departures_delay_top3_30d", List.of(50L, 30L, 20L)),
                        Map.entry("airport_departures_delay_count", 11L),
                        Map.entry("airport_departures_delay_sum", 230L),
                        Map.entry("airport_departures_delay_first", 99L),
                        Map.entry("airport_departures_delay_last5", List.of(30L, 20L, 5L, -3L, 2L)),
                        Map.entry("airport_departures_delay_top3", List.of(99L, 50L, 30L)),
                        Map.entry(
                                "airport_departures_delay_average_by_destination",
                                Map.of("BBB", 199 / 8.0, "CCC", 31 / 3.0))));
    }

    @Test
    void arrivalsAreOfTheDestinationFromEveryOrigin() {
        assertColumns(
                A_TO_B,
                Map.ofEntries(
                        Map.entry("airport_arrivals_delay_count_1h", 3L),
                        Map.entry("airport_arrivals_delay_sum_1h", 18L),
                        Map.entry("airport_arrivals_delay_last5_1h", List.of(20L, -7L, 5L)),
                        Map.entry("airport_arrivals_destination_unique_count_1h", 1L),
                        Map.entry("airport_arrivals_destination_last5_1h", List.of("BBB", "BBB", "BBB")),
                        Map.entry("airport_arrivals_delay_average_1h_by_destination", Map.of("BBB", 6.0)),
                        Map.entry("airport_arrivals_origin_unique_count_1h", 2L),
                        Map.entry("airport_arrivals_origin_last5_1h", List.of("AAA", "CCC", "AAA")),
                        Map.entry("airport_arrivals_delay_average_1h_by_origin", Map.of("AAA", 12.5, "CCC", -7.0))));
    }

    @Test
    void aRouteIsBothItsAirports() {
        assertColumns(
                A_TO_B,
                Map.ofEntries(
                        Map.entry("route_delay_count_1h", 2L),
                        Map.entry("route_delay_sum_1h", 25L),
                        Map.entry("route_delay_last_1h", 20L),
                        Map.entry("route_delay_average_1h_by_destination", Map.of("BBB", 12.5)),
                        Map.entry("route_delay_count_1d", 3L),
                        Map.entry("route_delay_count", 8L)));
    }

    @Test
    void theSnapshotPartIsAsOfTheBatchEnd() {
        // Of A's departures before the 10th, 00:00: tails the 3rd 00:00 and the 11th of December 00:00.
        assertColumns(
                A_TO_B,
                Map.ofEntries(
                        Map.entry("origin_airport_daily_delay_count_7d", 3L),
                        Map.entry("origin_airport_daily_delay_average_7d", 20.0),
                        Map.entry("origin_airport_daily_delay_max_7d", 50L),
                        Map.entry("origin_airport_daily_distance_sum_7d", 8L + 16 + 32),
                        Map.entry("origin_airport_daily_delay_count_30d", 5L),
                        Map.entry("origin_airport_daily_distance_sum_30d", 2L + 4 + 8 + 16 + 32),
                        Map.entry("origin_airport_daily_delay_count", 6L),
                        Map.entry("origin_airport_daily_distance_sum", 63L),
                        Map.entry("origin_airport_daily_distance_average", 10.5),
                        Map.entry("origin_airport_daily_distance_max", 32L)));
        // B's departures have no delay.
        assertColumns(
                A_TO_B,
                Map.of(
                        "destination_airport_daily_distance_sum_7d",
                        300L,
                        "destination_airport_daily_distance_sum_30d",
                        305L));
        assertNull(A_TO_B, "destination_airport_daily_delay_count_7d", "destination_airport_daily_delay_max");
    }

    @Test
    void theTailHopsOnAndTheHeadSlides() {
        // The tail of 1h is now 11:10; the flight of 12:07 counts; of the two of 12:06 the smaller is first.
        assertColumns(
                A_TO_B_LATER,
                Map.ofEntries(
                        Map.entry("airport_departures_delay_count_1h", 3L),
                        Map.entry("airport_departures_delay_sum_1h", 1050L),
                        Map.entry("airport_departures_delay_first_1h", 20L),
                        Map.entry("airport_departures_delay_last_1h", 1000L),
                        Map.entry("airport_departures_delay_last5_1h", List.of(1000L, 30L, 20L)),
                        Map.entry("route_delay_first_1h", 20L)));
    }

    @Test
    void keysThatNeverFlewAreNullThroughout() {
        assertThat(answers.rows().get(NEVER_FLOWN).values()).containsOnlyNulls();
    }

    @Test
    void aNullInputNeverCounts() {
        assertColumns(
                WITHOUT_DELAY,
                Map.of(
                        "airport_departures_destination_unique_count_30d", 1L,
                        "airport_departures_destination_last5_30d", List.of("AAA", "AAA"),
                        "airport_arrivals_origin_last5_30d", List.of("BBB", "BBB")));
        assertNull(
                WITHOUT_DELAY,
                "airport_departures_delay_count_30d",
                "airport_departures_delay_sum_30d",
                "airport_departures_delay_last5_30d",
                "airport_departures_delay_top3_30d",
                "airport_departures_delay_average_30d_by_destination",
                "airport_arrivals_delay_average_30d_by_origin",
                "airport_departures_destination_unique_count_1d");
    }

    @Test
    void aNullInAKeyBelongsToNoKey() {
        assertNull(
                NULL_ORIGIN,
                "airport_departures_delay_count",
                "route_delay_count",
                "origin_airport_daily_distance_sum");
        assertColumns(
                NULL_ORIGIN,
                Map.of("airport_arrivals_delay_count_1h", 3L, "destination_airport_daily_distance_sum_7d", 300L));
    }

    @Test
    void aTimeBeforeTheBatchEndIsRefused() {
        List<Question> early = List.of(new Question("AAA", "BBB", BATCH_END_MS - 1));
        assertThatThrownBy(() -> FlightsOracle.answer(directory, BATCH_END_MS, early))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2001-01-09T23:59:59.999Z")
                .hasMessageContaining(String.valueOf(BATCH_END_MS));
    }

    @Test
    void missingFlightsAreNamed() {
        Path nowhere = directory.resolve("nowhere");
        assertThatThrownBy(() -> FlightsOracle.answer(nowhere, BATCH_END_MS, QUESTIONS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(nowhere.toString());
    }

    private void assertColumns(int question, Map<String, Object> expected) {
        Map<String, @Nullable Object> row = answers.rows().get(question);
        assertThat(expected)
                .allSatisfy((column, value) -> assertThat(row.get(column))
                        .as("%s of %s", column, QUESTIONS.get(question))
                        .isEqualTo(value));
    }

    private void assertNull(int question, String... columns) {
        Map<String, @Nullable Object> row = answers.rows().get(question);
        for (String column : columns) {
            assertThat(row).containsKey(column);
            assertThat(row.get(column)).as(column).isNull();
        }
    }
}
