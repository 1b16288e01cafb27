package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScanRangeTest {
    private static final LocalDate END = LocalDate.parse("2001-02-09");
    private static final List<LocalDate> ALL = LocalDate.parse("2001-01-01")
            .datesUntil(LocalDate.parse("2001-02-12"))
            .toList();

    @Test
    void aWindowedPlanReadsFromTheDayOfItsLongestWindowAndOneMore() {
        // B = 02-10 00:00; minus one day, minus 7 days.
        assertThat(range(Query.builder(), false, "1h", "7d").choose(ALL))
                .first()
                .isEqualTo(LocalDate.parse("2001-02-02"));
        assertThat(range(Query.builder(), false, "25h").choose(ALL))
                .containsExactlyElementsOf(days("2001-02-07", "2001-02-10"));
        assertThat(range(Query.builder(), false, "1h").choose(ALL))
                .containsExactlyElementsOf(days("2001-02-08", "2001-02-10"));
    }

    @Test
    void allOfHistoryReadsFromTheFirst() {
        assertThat(range(Query.builder(), false, "7d", "").choose(ALL))
                .containsExactlyElementsOf(days("2001-01-01", "2001-02-10"));
    }

    @Test
    void startAndEndPartitionBoundBoth() {
        Query.Builder query = Query.builder().startPartition("2001-02-05").endPartition("2001-02-07");
        ScanRange range = range(query, false, "");
        assertThat(range.choose(ALL)).containsExactlyElementsOf(days("2001-02-05", "2001-02-08"));
        assertThat(range.ifEndIsMissing()).isEmpty();
        ScanRange late = range(Query.builder().startPartition("2000-01-01").endPartition("2001-03-01"), false, "7d");
        assertThat(late.choose(ALL)).containsExactlyElementsOf(days("2001-02-02", "2001-02-10"));
        assertThat(late.ifEndIsMissing()).isPresent();
        assertThatThrownBy(() -> range(Query.builder().endPartition("2001-2-7"), false, ""))
                .hasMessage("endPartition \"2001-2-7\" is no day: write yyyy-MM-dd, 2001-02-09");
    }

    @Test
    void aCumulativeTableIsReadAtItsLatest() {
        assertThat(range(Query.builder(), true, "7d").choose(ALL)).containsExactly(END);
        assertThat(range(Query.builder().endPartition("2001-01-03"), true, "").choose(ALL))
                .containsExactly(LocalDate.parse("2001-01-03"));
        assertThat(range(Query.builder(), true, "7d").choose(days("2000-01-01", "2000-01-03")))
                .containsExactly(LocalDate.parse("2000-01-02"));
    }

    @Test
    void holesAreTheDaysWithoutAPartition() {
        List<LocalDate> holed =
                ALL.stream().filter(day -> day.getDayOfMonth() % 3 != 0).toList();
        ScanRange range = range(Query.builder(), false, "7d");
        List<LocalDate> chosen = range.choose(holed);
        assertThat(range.holes(chosen))
                .containsExactly(
                        LocalDate.parse("2001-02-03"), LocalDate.parse("2001-02-06"), LocalDate.parse("2001-02-09"));
        assertThat(range.choose(List.of())).isEmpty();
        assertThat(range.choose(days("2001-02-10", "2001-02-12"))).isEmpty();
    }

    private static List<LocalDate> days(String from, String before) {
        return LocalDate.parse(from).datesUntil(LocalDate.parse(before)).toList();
    }

    private static ScanRange range(Query.Builder query, boolean cumulative, String... windows) {
        GroupBy.Builder definition = GroupBy.builder("g").keys("k").accuracy(Accuracy.SNAPSHOT);
        Source.Events source = new Source.Events("t", Optional.empty(), query.build(), cumulative);
        definition.source(source);
        for (String window : windows) {
            Aggregation.Builder count = Aggregation.of("count", "k");
            definition.aggregate(window.isEmpty() ? count : count.windows(window));
        }
        Schema selected = Schema.of(new Field("k", Scalar.STRING));
        return ScanRange.of(GroupByPlan.compile(definition.build(), selected), source, END);
    }
}
