//! The ways in which a worker calls a function, under the numbers that client and worker agree on.

macro_rules! eval_kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// How a worker calls a function and how it takes its data; pyspark's `PythonEvalType`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EvalKind {
            $($(#[$doc])* $name,)*
        }

        impl EvalKind {
            /// The kind with pyspark's `number`.
            pub fn from_number(number: i32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Pyspark's number of this kind.
            pub fn number(self) -> i32 {
                match self {
                    $(Self::$name => $number,)*
                }
            }
        }
    };
}

eval_kinds! {
    /// A function of an RDD: from an iterator to an iterator.
    NonUdf = 0,
    /// A scalar function, called for each row; rows travel pickled.
    Batched = 100,
    /// A scalar function, called for each row; rows travel as Arrow.
    ArrowBatched = 101,
    /// A scalar function from pandas Series to a Series.
    ScalarPandas = 200,
    /// `applyInPandas`.
    GroupedMapPandas = 201,
    /// An aggregate function from pandas Series to a value.
    GroupedAggPandas = 202,
    /// The same over a window.
    WindowAggPandas = 203,
    /// A scalar function from an iterator of Series to an iterator of Series.
    ScalarPandasIter = 204,
    /// `mapInPandas`.
    MapPandasIter = 205,
    /// `cogroup().applyInPandas`.
    CogroupedMapPandas = 206,
    /// `mapInArrow`.
    MapArrowIter = 207,
    /// `applyInPandasWithState`.
    GroupedMapPandasWithState = 208,
    /// `applyInArrow` with a table.
    GroupedMapArrow = 209,
    /// `cogroup().applyInArrow`.
    CogroupedMapArrow = 210,
    /// `transformWithStateInPandas`.
    TransformWithStatePandas = 211,
    /// `transformWithStateInPandas` with initial state.
    TransformWithStatePandasInitState = 212,
    /// `transformWithState` with rows.
    TransformWithStateRow = 213,
    /// `transformWithState` with rows and initial state.
    TransformWithStateRowInitState = 214,
    /// `applyInArrow` with an iterator of batches.
    GroupedMapArrowIter = 215,
    /// `applyInPandas` with an iterator of frames.
    GroupedMapPandasIter = 216,
    /// An aggregate function from an iterator of Series to a value.
    GroupedAggPandasIter = 217,
    /// A scalar function from Arrow arrays to an array.
    ScalarArrow = 250,
    /// A scalar function from an iterator of Arrow arrays to an iterator of arrays.
    ScalarArrowIter = 251,
    /// An aggregate function from Arrow arrays to a value.
    GroupedAggArrow = 252,
    /// The same over a window.
    WindowAggArrow = 253,
    /// An aggregate function from an iterator of Arrow arrays to a value.
    GroupedAggArrowIter = 254,
    /// A table function; rows travel pickled.
    Table = 300,
    /// A table function called for each row; rows travel as Arrow.
    ArrowTable = 301,
    /// A table function from Arrow batches and arrays to batches.
    ArrowUdtf = 302,
}

impl EvalKind {
    /// Whether a function of this kind gives one value for each row of its input.
    pub fn is_scalar(self) -> bool {
        self.is_row_for_row() || matches!(self, Self::ScalarPandasIter | Self::ScalarArrowIter)
    }

    /// Whether each batch that goes in comes back as one batch of as many rows.
    pub(crate) fn is_row_for_row(self) -> bool {
        matches!(self, Self::Batched | Self::ArrowBatched | Self::ScalarPandas | Self::ScalarArrow)
    }

    /// Whether a function of this kind gives one value for each group.
    pub fn is_aggregate(self) -> bool {
        matches!(
            self,
            Self::GroupedAggPandas | Self::GroupedAggPandasIter | Self::GroupedAggArrow | Self::GroupedAggArrowIter
        )
    }

    /// Whether a function of this kind is a table function.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::ArrowTable | Self::ArrowUdtf)
    }

    /// What a worker should have loaded before it is asked for this kind.
    pub(crate) fn preload(self) -> Preload {
        match self {
            Self::NonUdf | Self::Batched | Self::Table => Preload::Nothing,
            Self::ScalarPandas
            | Self::ScalarPandasIter
            | Self::GroupedMapPandas
            | Self::GroupedMapPandasIter
            | Self::GroupedAggPandas
            | Self::GroupedAggPandasIter
            | Self::WindowAggPandas
            | Self::MapPandasIter
            | Self::CogroupedMapPandas
            | Self::GroupedMapPandasWithState
            | Self::TransformWithStatePandas
            | Self::TransformWithStatePandasInitState => Preload::Pandas,
            _ => Preload::Arrow,
        }
    }
}

/// Packages that the fork server loads once, so that each worker need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preload {
    /// Only pyspark's worker.
    Nothing,
    /// pyarrow too.
    Arrow,
    /// pyarrow and pandas too.
    Pandas,
}
