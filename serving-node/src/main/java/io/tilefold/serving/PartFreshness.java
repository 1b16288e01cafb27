package io.tilefold.serving;

import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.store.GroupByView;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What a part's answer says beside its rows: who it is, its version and batch end, its newest event and lag. Of one view; immutable. */
final class PartFreshness implements Freshness {
    private final @Nullable GroupByView view;
    private final byte[] names;
    private final byte[] versionFields;
    private final boolean hasVersion;
    private final long version;
    private final long batchEndMs;

    /** @param view null where the part's GroupBy is not active in the store */
    PartFreshness(PartPlan part, @Nullable GroupByView view) {
        this.view = view;
        WireBuffer fields = new WireBuffer(64);
        fields.putBytesField(PartAnswer.NAME_FIELD_NUMBER, part.name().getBytes(StandardCharsets.UTF_8));
        fields.putBytesField(PartAnswer.GROUP_BY_FIELD_NUMBER, part.groupBy().getBytes(StandardCharsets.UTF_8));
        this.names = fields.toBytes();
        this.hasVersion =
                view != null && view.version().isPresent() && view.batchEndMs().isPresent();
        this.version = view == null ? 0 : view.version().orElse(0);
        this.batchEndMs = view == null ? 0 : view.batchEndMs().orElse(0);
        fields.reset();
        if (hasVersion) {
            fields.putZigzagField(PartAnswer.BATCH_END_MS_FIELD_NUMBER, batchEndMs);
            fields.putZigzagField(PartAnswer.VERSION_FIELD_NUMBER, version);
        }
        if (part.index() > 0) {
            fields.putVarintField(PartAnswer.PART_FIELD_NUMBER, part.index());
        }
        this.versionFields = fields.toBytes();
    }

    @Override
    public OptionalLong newestEventMs() {
        return view == null ? OptionalLong.empty() : view.newestEventMs();
    }

    @Override
    public long consumerLag() {
        return view == null ? GroupByView.UNKNOWN_LAG : view.consumerLag();
    }

    @Override
    public boolean hasVersion() {
        return hasVersion;
    }

    long version() {
        return version;
    }

    long batchEndMs() {
        return batchEndMs;
    }

    void writeNames(WireBuffer out) {
        out.putBytes(names);
    }

    @Override
    public void writeVersionTo(WireBuffer out) {
        out.putBytes(versionFields);
    }
}
