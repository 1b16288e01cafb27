package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Sizes and alignments that the layouts promise. */
class LayoutTest {
    @Test
    void wordsThatAreReadAtomicallyAreAligned() {
        for (int offset : new int[] {
            ControlDescriptor.PUBLICATION_OFFSET,
            ControlDescriptor.generationOffset(0),
            ControlDescriptor.generationOffset(1),
            ControlDescriptor.POSITION_OFFSET,
            ControlDescriptor.CAUGHT_UP_AT_OFFSET,
            ControlDescriptor.HEARTBEAT_OFFSET,
            LiveRootsDescriptor.NEWEST_OFFSET,
            LiveRootsDescriptor.LAG_OFFSET,
            LiveRootsDescriptor.indexNumberOffset(3),
            LiveRootsDescriptor.keysOffset(3),
            LiveIndexDescriptor.slotOffset(7),
            LiveRegionDescriptor.HEADER_LENGTH,
            LiveRecordDescriptor.SEQUENCE_OFFSET
        }) {
            assertThat(offset % Long.BYTES).as("offset %d", offset).isZero();
        }
        assertThat(ControlDescriptor.PUBLICATION_OFFSET).isEqualTo(64);
        assertThat(ControlDescriptor.POSITION_OFFSET).isEqualTo(256);
        assertThat(ControlDescriptor.HEARTBEAT_OFFSET).isEqualTo(320);
        assertThat(LiveRecordDescriptor.KEY_OFFSET).isEqualTo(40);
        assertThat(LiveRecordDescriptor.ENTRY_LENGTH).isEqualTo(16);
    }

    @Test
    void blocksAreMultiplesOfTheirAlignmentAndEveryLengthHasItsClass() {
        int before = 0;
        for (int sizeClass = 0; sizeClass < LiveRegionDescriptor.SIZE_CLASSES; sizeClass++) {
            int length = LiveRegionDescriptor.blockLength(sizeClass);
            assertThat(length % LiveRegionDescriptor.BLOCK_ALIGNMENT).isZero();
            assertThat(length).isGreaterThan(before);
            assertThat(LiveRegionDescriptor.sizeClass(length)).isEqualTo(sizeClass);
            assertThat(LiveRegionDescriptor.sizeClass(before + 1)).isEqualTo(sizeClass);
            before = length;
        }
        assertThat(before).isEqualTo(LiveRegionDescriptor.MAX_BLOCK_LENGTH);
        assertThat(LiveRegionDescriptor.HEADER_LENGTH + LiveRegionDescriptor.MAX_BLOCK_LENGTH)
                .isLessThan(LiveRegionDescriptor.MAX_REGION_LENGTH);
    }

    @Test
    void referencesName4096RegionsOf64MiB() {
        int region = LiveRegionDescriptor.MAX_REGIONS - 1;
        int offset = LiveRegionDescriptor.MAX_REGION_LENGTH - LiveRegionDescriptor.MIN_BLOCK_LENGTH;
        int reference = LiveRegionDescriptor.reference(region, offset);
        assertThat(LiveRegionDescriptor.region(reference)).isEqualTo(region);
        assertThat(LiveRegionDescriptor.offset(reference)).isEqualTo(offset);
        assertThat(LiveRegionDescriptor.reference(0, LiveRegionDescriptor.HEADER_LENGTH))
                .isNotZero();
    }

    @Test
    void aSlotKeepsHashAndReference() {
        long hash = 0x8123_4567_F9AB_CDEFL;
        long entry = LiveIndexDescriptor.entry(hash, 0xF000_0001);
        assertThat(LiveIndexDescriptor.reference(entry)).isEqualTo(0xF000_0001);
        assertThat(LiveIndexDescriptor.isOf(entry, hash)).isTrue();
        assertThat(LiveIndexDescriptor.isOf(entry, hash + 1)).isFalse();
        assertThat(LiveIndexDescriptor.firstSlot(entry, 1 << 20))
                .isEqualTo(LiveIndexDescriptor.firstSlot(hash, 1 << 20));
        assertThat(Integer.bitCount(LiveIndexDescriptor.INITIAL_SLOTS)).isEqualTo(1);
    }
}
