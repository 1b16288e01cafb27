package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.testsupport.Seeds;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DayTasksTest {
    @Test
    void aLargeDayHasTasksOfItsOwnAndSmallOnesShareOne() {
        TreeMap<Long, Long> rows = new TreeMap<>(Map.of(1L, 100_000L, 2L, 10L, 3L, 10L, 4L, 10L, 5L, 10L, 6L, 60_000L));
        DayTasks tasks = DayTasks.ofRows(rows, 4);
        assertThat(tasks.tasks()).isEqualTo(3 + 2 + 2);
        assertThat(List.of(tasks.task(1, 0), tasks.task(1, 1), tasks.task(1, 2), tasks.task(1, -1)))
                .containsExactly(0, 1, 2, 0);
        assertThat(List.of(tasks.task(2, 9), tasks.task(3, 9), tasks.task(4, 9), tasks.task(5, 9)))
                .as("three days at most")
                .containsExactly(3, 3, 3, 4);
        assertThat(List.of(tasks.task(6, 0), tasks.task(6, 1))).containsExactly(5, 6);
    }

    @Test
    void everyTaskHasRowsOfFewDaysWhateverTheSizes() {
        Seeds.forEach(50, random -> {
            TreeMap<Long, Long> rows = new TreeMap<>();
            for (int i = random.nextInt(1, 60); i > 0; i--) {
                rows.put((long) random.nextInt(-100, 100), 1L << random.nextInt(20));
            }
            DayTasks tasks = DayTasks.ofRows(rows, random.nextInt(1, 20));
            check(tasks, rows.keySet());
        });
    }

    @Test
    void daysOfUnknownSizeUseAllTasks() {
        List<LocalDate> days =
                LocalDate.EPOCH.datesUntil(LocalDate.EPOCH.plusDays(3)).toList();
        DayTasks tasks = DayTasks.ofDays(days, 7);
        assertThat(tasks.tasks()).isGreaterThanOrEqualTo(7);
        check(tasks, Set.of(0L, 1L, 2L));
        assertThat(DayTasks.ofDays(days, 1).tasks()).isEqualTo(1);
    }

    private static void check(DayTasks tasks, Set<Long> days) {
        Map<Integer, Set<Long>> daysOfTasks = new HashMap<>();
        for (long day : days) {
            for (long hash = 0; hash < 2L * tasks.tasks(); hash++) {
                daysOfTasks
                        .computeIfAbsent(tasks.task(day, hash), ignored -> new HashSet<>())
                        .add(day);
            }
        }
        assertThat(daysOfTasks).hasSize(tasks.tasks());
        assertThat(daysOfTasks.keySet()).allMatch(task -> task >= 0 && task < tasks.tasks());
        assertThat(daysOfTasks.values()).allMatch(ofTask -> ofTask.size() <= 3);
    }
}
