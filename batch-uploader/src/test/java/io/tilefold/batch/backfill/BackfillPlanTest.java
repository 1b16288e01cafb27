package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BackfillPlanTest {
    private static final LocalDate FIRST = LocalDate.parse("2001-02-01");
    private static final List<LocalDate> LEFT =
            FIRST.datesUntil(FIRST.plusDays(8)).toList();

    private final TreeMap<LocalDate, Computed> there = new TreeMap<>();

    private static Computed computed(String id) {
        return new Computed(id, new TreeMap<>(Map.of("GroupBy visits", id, "Join page", "same")));
    }

    private BackfillPlan plan(Optional<LocalDate> start, Optional<LocalDate> end) {
        return BackfillPlan.of(LEFT, there, computed("new"), start, end);
    }

    @Test
    void anEmptyOutputTakesAllDaysOfTheLeft() {
        assertThat(plan(Optional.empty(), Optional.empty()).toCompute()).isEqualTo(LEFT);
    }

    @Test
    void whatIsThereIsKeptAndHolesAreFilled() {
        there.put(LEFT.get(2), computed("new"));
        there.put(LEFT.get(4), computed("new"));
        there.put(LEFT.get(5), computed("old"));
        BackfillPlan plan = plan(Optional.empty(), Optional.empty());
        assertThat(plan.kept()).containsExactly(LEFT.get(2), LEFT.get(4));
        assertThat(plan.missing())
                .as("from the first that is there on")
                .containsExactly(LEFT.get(3), LEFT.get(6), LEFT.get(7));
        assertThat(plan.changed()).containsOnlyKeys(LEFT.get(5));
        assertThat(plan.describe())
                .containsExactly(
                        "3 days to compute: not there, 2001-02-04 to 2001-02-08",
                        "1 days to compute: there, but GroupBy visits has changed, 2001-02-06 to 2001-02-06",
                        "2 days kept, 2001-02-03 to 2001-02-05");
    }

    @Test
    void daysThatWaitAreLeftOut() {
        there.put(LEFT.get(0), computed("new"));
        there.put(LEFT.get(5), computed("old"));
        BackfillPlan plan = plan(Optional.empty(), Optional.empty()).without(Set.of(LEFT.get(2), LEFT.get(5)));
        assertThat(plan.toCompute()).containsExactly(LEFT.get(1), LEFT.get(3), LEFT.get(4), LEFT.get(6), LEFT.get(7));
        assertThat(plan.kept()).containsExactly(LEFT.get(0));
    }

    @Test
    void daysBeforeTheFirstThatIsThereAreFilledOnRequest() {
        there.put(LEFT.get(6), computed("new"));
        assertThat(plan(Optional.of(LEFT.get(1)), Optional.of(LEFT.get(3))).toCompute())
                .containsExactly(LEFT.get(1), LEFT.get(2), LEFT.get(3));
    }

    @Test
    void stepsAreOfAtMostSoManyDaysWithoutAGap() {
        assertThat(plan(Optional.empty(), Optional.empty()).steps(3))
                .containsExactly(LEFT.subList(0, 3), LEFT.subList(3, 6), LEFT.subList(6, 8));
        there.put(LEFT.get(0), computed("old"));
        there.put(LEFT.get(1), computed("new"));
        assertThat(plan(Optional.empty(), Optional.empty()).steps(5))
                .containsExactly(LEFT.subList(0, 1), LEFT.subList(2, 7), LEFT.subList(7, 8));
    }

    @Test
    void aDayThatTheLeftHasNotIsNoGapButADayThatIsKeptIs() {
        List<LocalDate> few = List.of(LEFT.get(0), LEFT.get(2), LEFT.get(5));
        BackfillPlan plan = BackfillPlan.of(few, there, computed("new"), Optional.empty(), Optional.empty());
        assertThat(plan.steps(6)).containsExactly(few);
        assertThat(plan.steps(5)).containsExactly(few.subList(0, 2), few.subList(2, 3));
        there.put(few.get(0), computed("old"));
        there.put(few.get(1), computed("new"));
        assertThat(BackfillPlan.of(few, there, computed("new"), Optional.empty(), Optional.empty())
                        .steps(30))
                .containsExactly(few.subList(0, 1), few.subList(2, 3));
    }
}
