package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.core.value.Field;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Columns of random types, nulls and numbers of rows, one request after the other in the same memory, large ones before small ones: the bytes are those of protobuf's own library, and what is
 * replayed is what came.
 */
class RandomColumnsTest {
    private static final int SEEDS = 40;
    private static final int REQUESTS = 30;
    private static final int[] ROWS = {0, 1, 1, 1, 2, 7, 8, 9, 15, 16, 31, 63, 64, 65, 123, 124, 200};
    private static final int MANY_ROWS = 3_000;

    @Test
    void bytesAreThoseOfTheGeneratedClasses() {
        Seeds.forEach(SEEDS, random -> {
            List<Field> fields = new ArrayList<>();
            int count = 1 + random.nextInt(12);
            for (int i = 0; i < count; i++) {
                fields.add(new Field("c" + i, SlowColumn.randomType(random, random.nextInt(4))));
            }
            Columns columns = new Columns(fields);
            Columns copy = new Columns(fields);
            for (int request = 0; request < REQUESTS; request++) {
                int rows = request == REQUESTS / 2 ? MANY_ROWS : ROWS[random.nextInt(ROWS.length)];
                int[] chosen = IntStream.range(0, fields.size())
                        .filter(i -> random.nextInt(4) > 0)
                        .toArray();
                int nullsOf8 = random.nextInt(4) == 0 ? 8 : random.nextInt(5);
                List<SlowColumn> expected = randomColumns(random, fields, rows, nullsOf8);
                put(columns, expected, chosen, rows, random);
                compare(columns, expected, chosen);
                replay(columns, copy, chosen, rows);
                compare(copy, expected, chosen);
                columns.clear();
                copy.clear();
            }
        });
    }

    private static List<SlowColumn> randomColumns(SplittableRandom random, List<Field> fields, int rows, int nullsOf8) {
        List<SlowColumn> columns = new ArrayList<>();
        for (Field field : fields) {
            List<@Nullable Object> values = new ArrayList<>();
            for (int row = 0; row < rows; row++) {
                values.add(SlowColumn.randomValue(random, field.type(), nullsOf8));
            }
            columns.add(new SlowColumn(field, values));
        }
        return columns;
    }

    /** Row by row, as parts are read, with the number of rows known or not, or column by column. */
    private static void put(Columns columns, List<SlowColumn> values, int[] chosen, int rows, SplittableRandom random) {
        int way = random.nextInt(3);
        if (random.nextInt(4) == 0) { // a reading that broke
            columns.begin(rows, chosen);
            for (int row = 0; row < rows / 2; row++) {
                columns.nulls(row, chosen);
            }
        }
        columns.begin(way == 0 ? 0 : rows, chosen);
        if (way == 2) {
            for (int i : chosen) {
                for (int row = 0; row < rows; row++) {
                    values.get(i).put(row, columns.at(row, i));
                }
            }
            return;
        }
        for (int row = 0; row < rows; row++) {
            for (int i : chosen) {
                values.get(i).put(row, columns.at(row, i));
            }
        }
    }

    private static void compare(Columns columns, List<SlowColumn> expected, int[] chosen)
            throws InvalidProtocolBufferException {
        WireBuffer out = new WireBuffer(1);
        FetchResponse.Builder response = FetchResponse.newBuilder();
        for (int i : chosen) {
            boolean named = i % 2 == 0;
            Column message = expected.get(i).message(named);
            response.addColumns(message);
            new ColumnWriter(out)
                    .write(
                            FetchResponse.COLUMNS_FIELD_NUMBER,
                            columns,
                            i,
                            named ? Columns.nameField(expected.get(i).field().name()) : Columns.NO_NAME);
            assertThat(columns.toColumn(i)).isEqualTo(expected.get(i).message(true));
        }
        assertThat(FetchResponse.parseFrom(out.toBytes())).isEqualTo(response.build());
        assertThat(out.toBytes()).isEqualTo(response.build().toByteArray());
    }

    private static void replay(Columns from, Columns to, int[] chosen, int rows) {
        to.begin(rows, chosen);
        for (int i : chosen) {
            for (int row = 0; row < rows; row++) {
                from.replay(row, i, to.at(row, i));
            }
        }
    }
}
