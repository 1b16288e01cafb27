package io.tilefold.serving;

import io.tilefold.catalog.TypeCodec;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.value.Schema;
import io.tilefold.proto.serving.v1.AnswerSchema;
import io.tilefold.proto.serving.v1.DerivedSchema;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartSchema;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/** A join or GroupBy as it is answered: compiled once per catalog, with everything of its answers that is the same each time. Shared by threads. */
final class TargetPlan {
    /** Choices of features that are kept compiled; others are compiled per request. */
    private static final int KEPT_SELECTIONS = 256;

    private final TargetName target;
    private final Schema keys;
    private final byte[][] keyNames;
    private final List<int[]> keySets;
    private final List<PartPlan> parts;
    private final OptionalInt latencyBudgetMs;
    private final MetaData metaData;
    private final AnswerSchema schema;
    private final String schemaId;
    private final byte[] schemaIdField;
    private final byte[] schemaField;
    private final List<ExternalPlan> externals;
    private final Schema contextual;
    private final byte[][] contextualNames;
    private final List<TargetOutput> outputs;
    private final List<DerivedColumn> derived;
    private final Map<String, Integer> outputIndexes = new HashMap<>();
    private final Selection everything;
    private final ConcurrentHashMap<List<String>, Selection> selections = new ConcurrentHashMap<>();

    /**
     * @param keys the key columns a request carries
     * @param keySets distinct lists of key columns that parts are keyed by
     * @param externals parts that are asked of others, with the indexes behind the parts'
     * @param contextual fields that a request may carry
     * @param outputs in the order of answers
     * @param derived columns in the order of evaluation
     */
    TargetPlan(
            TargetName target,
            Schema keys,
            List<int[]> keySets,
            List<PartPlan> parts,
            List<ExternalPlan> externals,
            Schema contextual,
            List<TargetOutput> outputs,
            List<DerivedColumn> derived,
            OptionalInt latencyBudgetMs,
            MetaData metaData) {
        this.target = target;
        this.keys = keys;
        this.keyNames = utf8Names(keys);
        this.externals = List.copyOf(externals);
        this.contextual = contextual;
        this.contextualNames = utf8Names(contextual);
        this.keySets = List.copyOf(keySets);
        this.parts = List.copyOf(parts);
        this.latencyBudgetMs = latencyBudgetMs;
        this.metaData = metaData;
        this.outputs = List.copyOf(outputs);
        this.derived = List.copyOf(derived);
        this.schema = describeOutputs();
        byte[] schemaBytes = schema.toByteArray();
        this.schemaId = sha256(schemaBytes);
        this.schemaIdField = field(FetchResponse.SCHEMA_ID_FIELD_NUMBER, schemaId.getBytes(StandardCharsets.UTF_8));
        this.schemaField = field(FetchResponse.SCHEMA_FIELD_NUMBER, schemaBytes);
        for (int i = 0; i < outputs.size(); i++) {
            outputIndexes.put(outputs.get(i).name(), i);
        }
        this.everything = Selection.all(this);
    }

    private static byte[][] utf8Names(Schema columns) {
        return columns.fields().stream()
                .map(field -> field.name().getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    private AnswerSchema describeOutputs() {
        Schema fields = new Schema(outputs.stream().map(TargetOutput::field).toList());
        AnswerSchema.Builder built = AnswerSchema.newBuilder().setOutputs(TypeCodec.toProto(fields));
        for (PartPlan part : parts) {
            built.addParts(PartSchema.newBuilder()
                    .setName(part.name())
                    .setGroupBy(part.groupBy())
                    .setOutputCount(outputsOf(part.index()).size()));
        }
        for (ExternalPlan external : externals) {
            built.addParts(PartSchema.newBuilder()
                    .setName(external.name())
                    .setExternal(external.source())
                    .setOutputCount(outputsOf(external.index()).size()));
        }
        for (TargetOutput output : outputsOf(TargetOutput.OF_NO_PART)) {
            built.addDerived(DerivedSchema.newBuilder()
                    .setExpression(output.expression())
                    .addAllParts(output.reads()));
        }
        return built.build();
    }

    private static byte[] field(int number, byte[] content) {
        WireBuffer field = new WireBuffer(content.length + 8);
        field.putBytesField(number, content);
        return field.toBytes();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    TargetName target() {
        return target;
    }

    String name() {
        return target.name();
    }

    Schema keys() {
        return keys;
    }

    /** Index of the key that a column of a request names; -1: none. */
    int keyNamed(KeySlice column) {
        return indexOf(column, keyNames);
    }

    /** Index of the contextual field that a column of a request names; -1: none. */
    int contextualNamed(KeySlice column) {
        return indexOf(column, contextualNames);
    }

    private static int indexOf(KeySlice column, byte[][] names) {
        for (int i = 0; i < names.length; i++) {
            if (column.isNamed(names[i])) {
                return i;
            }
        }
        return -1;
    }

    /** Fields that a request may carry beside the keys. */
    Schema contextual() {
        return contextual;
    }

    /** Per set of keys that parts are keyed by the indexes of its columns in {@link #keys}. */
    List<int[]> keySets() {
        return keySets;
    }

    List<PartPlan> parts() {
        return parts;
    }

    /** Parts that are asked of external sources; their indexes follow those of {@link #parts}. */
    List<ExternalPlan> externals() {
        return externals;
    }

    OptionalInt latencyBudgetMs() {
        return latencyBudgetMs;
    }

    MetaData metaData() {
        return metaData;
    }

    AnswerSchema schema() {
        return schema;
    }

    /** SHA-256 of the schema's protobuf bytes, hex. */
    String schemaId() {
        return schemaId;
    }

    /** As a field of a response. */
    byte[] schemaIdField() {
        return schemaIdField;
    }

    byte[] schemaField() {
        return schemaField;
    }

    /** In the order of answers: those of parts, part by part, then the target's own. */
    List<TargetOutput> outputs() {
        return outputs;
    }

    /** @param part index, or {@link TargetOutput#OF_NO_PART} */
    List<TargetOutput> outputsOf(int part) {
        return outputs.stream().filter(output -> output.part() == part).toList();
    }

    /** Index of an output; -1: there is none of the name. */
    int outputNamed(String name) {
        return outputIndexes.getOrDefault(name, -1);
    }

    /** Columns that are computed, in the order of evaluation. */
    List<DerivedColumn> derived() {
        return derived;
    }

    /**
     * What a request asks for.
     *
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the feature that is unknown or given twice
     */
    Selection select(List<String> features) {
        if (features.isEmpty()) {
            return everything;
        }
        Selection known = selections.get(features);
        if (known != null) {
            return known;
        }
        Selection selection = Selection.of(this, features);
        if (selections.size() < KEPT_SELECTIONS) {
            selections.put(List.copyOf(features), selection);
        }
        return selection;
    }
}
