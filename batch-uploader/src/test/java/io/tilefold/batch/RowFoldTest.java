package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import org.junit.jupiter.api.Test;

class RowFoldTest {
    private static final Schema ROW = Schema.of(new Field("user", Scalar.LONG), new Field("amount", Scalar.LONG));
    private static final long B = 11_363L * Days.DAY_MS;

    private final KeyEncoder key = new KeyEncoder();
    private final FlatRow row = row();

    @Test
    void rowsThatMeetNoOtherEndItAfterATrial() {
        RowFold fold = new RowFold(plan("sum", 0), B, RowFold.TABLE_BYTES);
        for (int i = 0; i < RowFold.TRIAL_ROWS; i++) {
            assertThat(fold.isOn()).isTrue();
            assertThat(fold.next()).isFalse();
            add(fold, i);
        }
        assertThat(fold.isOn()).isFalse();
        assertThat(taken(fold)).isEqualTo(RowFold.TRIAL_ROWS);
        fold.end();
        assertThat(fold.next()).isFalse();
    }

    @Test
    void afterATrialInWhichTwoInAHundredMetItGoesOn() {
        RowFold fold = new RowFold(plan("sum", 0), B, RowFold.TABLE_BYTES);
        int keys = RowFold.TRIAL_ROWS * 98 / 100;
        for (int i = 0; i < 2 * RowFold.TRIAL_ROWS; i++) {
            add(fold, i % keys);
        }
        assertThat(fold.isOn()).isTrue();
        assertThat(fold.next()).isFalse();
        fold.end();
        assertThat(taken(fold)).isEqualTo(keys);
    }

    @Test
    void aFullTableIsGivenAndTellsWhetherItGoesOn() {
        RowFold fold = new RowFold(plan("sum", 0), B, 1 << 16);
        int tiles = 0;
        for (int table = 0; table < 3; table++) {
            for (int i = 0; !fold.next(); i++) {
                add(fold, i / 3 + 100_000L * table);
            }
            tiles += 1 + taken(fold);
            assertThat(fold.isOn()).as("three rows a tile").isTrue();
        }
        assertThat(tiles).isBetween(3 * (1 << 16) / 128, 3 * (1 << 16) / 32);
        for (int i = 0; !fold.next(); i++) {
            add(fold, i);
        }
        assertThat(fold.isOn()).as("one row a tile").isFalse();
    }

    @Test
    void tilesThatGrowOrAreLongFromTheBeginningAreNotFolded() {
        assertThat(RowFold.isFor(plan("sum", 0))).isTrue();
        assertThat(RowFold.isFor(plan("last_k", 3))).isTrue();
        assertThat(RowFold.isFor(plan("last_k", 100))).isFalse();
        assertThat(RowFold.isFor(plan("unique_count", 0))).isFalse();
    }

    private void add(RowFold fold, long user) {
        fold.add(key.reset().putLong(user), row, B - 1);
    }

    private static int taken(RowFold fold) {
        int tiles = 0;
        while (fold.next()) {
            tiles++;
        }
        return tiles;
    }

    private static FlatRow row() {
        FlatRowWriter writer = new FlatRowWriter(ROW.size()).putLong(1, 5);
        return new FlatRow().wrap(writer.buffer(), 0, writer.finish(), ROW.size());
    }

    private static GroupByPlan plan(String operation, int k) {
        Aggregation.Builder aggregation = Aggregation.of(operation, "amount").windows("7d");
        return GroupByPlan.compile(
                GroupBy.builder("spent")
                        .source(Source.events(
                                "orders", Query.builder().timeColumn("ts").build()))
                        .keys("user")
                        .aggregate(k > 0 ? aggregation.k(k) : aggregation)
                        .build(),
                ROW);
    }
}
