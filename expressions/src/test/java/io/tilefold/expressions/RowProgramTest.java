package io.tilefold.expressions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.Scalar;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowProgramTest {
    private static final Schema INPUT = Schema.of(
            new Field("ts", Scalar.LONG),
            new Field("delay", Scalar.INT),
            new Field("distance", Scalar.DOUBLE),
            new Field("origin", Scalar.STRING),
            new Field("codes", new ListType(Scalar.INT)));

    private final FlatRow flat = new FlatRow();

    @Test
    void writesAFlatRowOfTheSelects() {
        RowProgram program = RowProgram.compile(
                INPUT,
                List.of(
                        select("ts", "ts"),
                        select("origin", "lower(origin)"),
                        select("late", "delay > 15"),
                        select("tiny", "CAST(delay AS TINYINT)"),
                        select("speed", "distance / delay"),
                        select("ratio", "CAST(distance AS FLOAT)"),
                        select("code", "unhex('00ff')"),
                        select("nothing", "CAST(NULL AS STRING)")),
                List.of("delay IS NOT NULL"));
        assertThat(program.outputSchema().toString())
                .isEqualTo("(ts long, origin string, late boolean, tiny byte, speed double, ratio float, code binary,"
                        + " nothing string)");

        FlatRowWriter writer = new FlatRowWriter(8);
        byte[] message = "{\"origin\":\"JFK\"}".getBytes(StandardCharsets.UTF_8);
        InputRow row = program.newInputRow()
                .setLong(0, 978307200000L)
                .setLong(1, -20)
                .setDouble(2, 300)
                .setUtf8(3, message, 11, 3);

        assertThat(program.evaluate(row, writer)).isTrue();
        wrap(writer, 8);
        assertThat(flat.getLong(0)).isEqualTo(978307200000L);
        assertThat(text(1)).isEqualTo("jfk");
        assertThat(flat.getLong(2)).isZero();
        assertThat(flat.getLong(3)).isEqualTo(-20);
        assertThat(flat.getDouble(4)).isEqualTo(-15.0);
        assertThat(flat.getDouble(5)).isEqualTo(300.0);
        assertThat(flat.bytesLength(6)).isEqualTo(2);
        assertThat(flat.buffer().getByte(flat.bytesOffset(6) + 1)).isEqualTo((byte) 0xff);
        assertThat(flat.isNull(7)).isTrue();
    }

    @Test
    void aReusedRowAndWriterKeepNothingOfTheRowBefore() {
        RowProgram program =
                RowProgram.compile(INPUT, List.of(select("origin", "origin"), select("d", "distance")), List.of());
        FlatRowWriter writer = new FlatRowWriter(2);
        InputRow row = program.newInputRow()
                .setString(3, "a long value, longer than a word")
                .setDouble(2, 1);
        assertThat(program.evaluate(row, writer)).isTrue();

        assertThat(program.evaluate(row.clear().setDouble(2, -0.0), writer)).isTrue();
        wrap(writer, 2);
        assertThat(flat.isNull(0)).isTrue();
        assertThat(Double.doubleToRawLongBits(flat.getDouble(1)))
                .as("-0.0 is 0.0")
                .isZero();

        assertThat(program.evaluate(row.clear().setString(3, "").setDouble(2, Double.NaN), writer))
                .isTrue();
        wrap(writer, 2);
        assertThat(flat.isNull(0)).isFalse();
        assertThat(flat.bytesLength(0)).isZero();
        assertThat(flat.isNull(1)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", textBlock = """
                    delay > 15              | 16   | true
                    delay > 15              | 15   | false
                    delay > 15              | null | false
                    NOT (delay > 15)        | null | false
                    delay > 15 OR TRUE      | null | true
                    delay <> NULL           | 3    | false
                    CAST(NULL AS BOOLEAN)   | 3    | false
                    delay IS NULL           | null | true
                    TRUE                    | 3    | true
                    """)
    void onlyTrueLetsARowPass(String condition, @Nullable Long delay, boolean passes) {
        RowProgram program = RowProgram.compile(INPUT, List.of(select("delay", "delay")), List.of(condition));
        InputRow row = program.newInputRow();
        if (delay != null) {
            row.setLong(1, delay);
        }
        assertThat(program.evaluate(row)).isEqualTo(passes);
    }

    @Test
    void allConditionsMustHoldAndARefusedRowLeavesTheWriterAlone() {
        RowProgram program = RowProgram.compile(
                INPUT, List.of(select("delay", "delay")), List.of("delay > 1", "delay < 5", "origin = 'JFK'"));
        FlatRowWriter writer = new FlatRowWriter(1);
        InputRow row = program.newInputRow().setString(3, "JFK");

        assertThat(program.evaluate(row.setLong(1, 3), writer)).isTrue();
        assertThat(program.evaluate(row.setLong(1, 5), writer)).isFalse();
        assertThat(program.evaluate(row.setLong(1, 4).setString(3, "LAX"), writer))
                .isFalse();
        wrap(writer, 1);
        assertThat(flat.getLong(0)).isEqualTo(3);
    }

    @Test
    void narrowerNumbersWidenToTheTarget() {
        Schema target = Schema.of(new Field("delay", Scalar.LONG), new Field("ratio", Scalar.DOUBLE));
        RowProgram program = RowProgram.compile(
                INPUT,
                List.of(select("delay", "delay"), select("ratio", "CAST(distance AS FLOAT)")),
                List.of(),
                target);

        assertThat(program.outputSchema()).isEqualTo(target);
        assertThat(program.evaluate(program.newInputRow().setLong(1, -3).setDouble(2, 0.5)))
                .isTrue();
        assertThat(program.outputs().getLong(0)).isEqualTo(-3);
        assertThat(program.outputs().getDouble(1)).isEqualTo(0.5);
    }

    @Test
    void anyOtherDifferenceToTheTargetIsRefused() {
        assertThatThrownBy(() -> RowProgram.compile(
                        INPUT, List.of(select("d", "ts")), List.of(), Schema.of(new Field("d", Scalar.INT))))
                .isInstanceOf(ExpressionException.class)
                .hasMessage("\"ts\": its type is long where int is expected; cast it: CAST(ts AS INT)");
        assertThatThrownBy(() -> RowProgram.compile(
                        INPUT, List.of(select("d", "delay")), List.of(), Schema.of(new Field("d", Scalar.DOUBLE))))
                .hasMessageContaining("CAST(delay AS DOUBLE)");
        assertThatThrownBy(() -> RowProgram.compile(
                        INPUT, List.of(select("d", "delay")), List.of(), Schema.of(new Field("e", Scalar.INT))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("selects [d] are not the target's columns (e int)");
    }

    @Test
    void listsMapsAndStructsReachTheFlatRow() {
        RowProgram program = RowProgram.compile(
                INPUT,
                List.of(
                        select("codes", "codes"),
                        select("delays", "map('b', delay, 'a', NULL)"),
                        select("legs", "array(named_struct('from', origin, 'speeds', array(distance, 0D / 1)))")),
                List.of());
        InputRow row = program.newInputRow()
                .setList(4, java.util.Arrays.asList(1, null, -2))
                .setLong(1, 7)
                .setDouble(2, Double.NaN)
                .setString(3, "ÅÄÖ");
        FlatRowWriter writer = new FlatRowWriter(3);
        assertThat(program.evaluate(row, writer)).isTrue();
        wrap(writer, 3);

        FlatRow codes = flat.wrapList(0, new FlatRow());
        assertThat(codes.columns()).isEqualTo(3);
        assertThat(codes.getLong(0)).isEqualTo(1);
        assertThat(codes.isNull(1)).isTrue();
        assertThat(codes.getLong(2)).isEqualTo(-2);
        FlatRow delays = flat.wrapMap(1, new FlatRow());
        assertThat(delays.isNull(1)).as("the value of a").isTrue();
        assertThat(delays.getLong(3)).as("the value of b").isEqualTo(7);
        FlatRow leg = flat.wrapList(2, new FlatRow()).wrapStruct(0, 2, new FlatRow());
        assertThat(leg.bytesLength(0)).isEqualTo(6);
        FlatRow speeds = leg.wrapList(1, new FlatRow());
        assertThat(speeds.isNull(0)).as("NaN").isTrue();
        assertThat(speeds.getDouble(1)).isZero();
    }

    @Test
    void anExpressionThatThrowsIsNamedAndTheProgramGoesOn() {
        RowProgram program = RowProgram.compile(
                INPUT,
                List.of(select("delay", "delay"), select("m", "map(origin, 1, 'JFK', 2)")),
                List.of("delay > 0 OR raise_error('negative')"));
        InputRow row = program.newInputRow().setLong(1, 1).setString(3, "JFK");

        assertThatThrownBy(() -> program.evaluate(row))
                .isInstanceOfSatisfying(
                        RowEvaluationException.class,
                        e -> assertThat(e.expression()).isEqualTo("map(origin, 1, 'JFK', 2)"))
                .hasMessageStartingWith("select m \"map(origin, 1, 'JFK', 2)\" failed: Duplicate map key JFK");
        assertThatThrownBy(() -> program.evaluate(row.setLong(1, -1)))
                .isInstanceOf(RowEvaluationException.class)
                .hasMessage("where \"delay > 0 OR raise_error('negative')\" failed: negative");

        assertThat(program.evaluate(row.setLong(1, 1).setString(3, "LAX"))).isTrue();
        assertThat(program.outputs().getObject(1)).isEqualTo(Map.of("LAX", 1L, "JFK", 2L));
    }

    @Test
    void anInputThatDoesNotFitItsColumnNamesIt() {
        InputRow row = RowProgram.compile(INPUT, List.of(select("ts", "ts")), List.of())
                .newInputRow();
        assertThatThrownBy(() -> row.setLong(1, 1L << 31)).hasMessage("column delay int does not hold 2147483648");
        assertThatThrownBy(() -> row.setString(1, "3")).hasMessage("column delay int takes no string: 3");
        assertThatThrownBy(() -> row.setDouble(0, 1.5)).hasMessage("column ts long takes no double: 1.5");
        assertThatThrownBy(() -> row.setList(4, List.of("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("column codes: a (String) is no int");
    }

    @Test
    void programsOverEqualInputsShareRowsAndOthersDoNot() {
        RowProgram one = RowProgram.compile(INPUT, List.of(select("d", "delay + 1")), List.of());
        RowProgram two = RowProgram.compile(new Schema(INPUT.fields()), List.of(select("d", "delay + 2")), List.of());
        RowProgram other =
                RowProgram.compile(Schema.of(new Field("d", Scalar.INT)), List.of(select("d", "d")), List.of());
        InputRow row = one.newInputRow().setLong(1, 1);

        assertThat(one.evaluate(row)).isTrue();
        assertThat(two.evaluate(row)).isTrue();
        assertThat(one.outputs().getLong(0)).isEqualTo(2);
        assertThat(two.outputs().getLong(0)).isEqualTo(3);
        assertThatThrownBy(() -> other.evaluate(row))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("for a program over (d int)");
    }

    @Test
    void aProgramOfManyExpressionsStillCompiles() {
        int count = 500;
        List<SelectExpression> selects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            selects.add(select("c" + i, "CASE WHEN delay > " + i + " THEN concat(origin, '" + i + "') END"));
        }
        RowProgram program = RowProgram.compile(INPUT, selects, List.of());
        assertThat(program.evaluate(program.newInputRow().setLong(1, 400).setString(3, "x")))
                .isTrue();
        assertThat(program.outputs().getString(399)).isEqualTo("x399");
        assertThat(program.outputs().getString(400)).isNull();
    }

    @Test
    void threadsRunProgramsOfTheirOwnAndGetTheSameValues() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        List<Long> sums = Collections.synchronizedList(new ArrayList<>());
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                RowProgram program = RowProgram.compile(
                        INPUT, List.of(select("v", "delay * 2 + length(origin)")), List.of("delay % 2 = 0"));
                InputRow row = program.newInputRow().setString(3, "JFK");
                long sum = 0;
                for (int i = 0; i < 1_000; i++) {
                    sum += program.evaluate(row.setLong(1, i))
                            ? program.outputs().getLong(0)
                            : 0;
                }
                sums.add(sum);
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(sums).containsOnly(500_500L).hasSize(4);
    }

    private static SelectExpression select(String name, String sql) {
        return new SelectExpression(name, sql);
    }

    private void wrap(FlatRowWriter writer, int columns) {
        flat.wrap(writer.buffer(), 0, writer.finish(), columns);
    }

    private String text(int column) {
        return flat.buffer().getStringWithoutLengthUtf8(flat.bytesOffset(column), flat.bytesLength(column));
    }
}
