package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BackfillPlanTest {
    private static final LocalDate FIRST = LocalDate.parse("2001-02-01");
    private static final List<LocalDate> LEFT =
            FIRST.datesUntil(FIRST.plusDays(8)).toList();

    private final TreeMap<LocalDate, String> there = new TreeMap<>();

    private BackfillPlan plan(Optional<LocalDate> start, Optional<LocalDate> end) {
        return BackfillPlan.of(LEFT, there, "new", start, end);
    }

    @Test
    void anEmptyOutputTakesAllDaysOfTheLeft() {
        assertThat(plan(Optional.empty(), Optional.empty()).toCompute()).isEqualTo(LEFT);
    }

    @Test
    void whatIsThereIsKeptAndHolesAreFilled() {
        there.put(LEFT.get(2), "new");
        there.put(LEFT.get(4), "new");
        there.put(LEFT.get(5), "old");
        BackfillPlan plan = plan(Optional.empty(), Optional.empty());
        assertThat(plan.kept()).containsExactly(LEFT.get(2), LEFT.get(4));
        assertThat(plan.missing())
                .as("from the first that is there on")
                .containsExactly(LEFT.get(3), LEFT.get(6), LEFT.get(7));
        assertThat(plan.changed()).containsExactly(LEFT.get(5));
        assertThat(plan.describe())
                .containsExactly(
                        "3 days to compute: not there, 2001-02-04 to 2001-02-08",
                        "1 days to compute: there, but of another definition, 2001-02-06 to 2001-02-06",
                        "2 days kept, 2001-02-03 to 2001-02-05");
    }

    @Test
    void daysBeforeTheFirstThatIsThereAreFilledOnRequest() {
        there.put(LEFT.get(6), "new");
        assertThat(plan(Optional.of(LEFT.get(1)), Optional.of(LEFT.get(3))).toCompute())
                .containsExactly(LEFT.get(1), LEFT.get(2), LEFT.get(3));
    }

    @Test
    void stepsAreOfAtMostSoManyDaysWithoutAGap() {
        assertThat(plan(Optional.empty(), Optional.empty()).steps(3))
                .containsExactly(LEFT.subList(0, 3), LEFT.subList(3, 6), LEFT.subList(6, 8));
        there.put(LEFT.get(0), "old");
        there.put(LEFT.get(1), "new");
        assertThat(plan(Optional.empty(), Optional.empty()).steps(5))
                .containsExactly(LEFT.subList(0, 1), LEFT.subList(2, 7), LEFT.subList(7, 8));
    }
}
