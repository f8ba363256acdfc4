//! What a request asks for: a relation or a command, unpacked if the client compressed it.

use std::io::Read;

use firesteel_error::{Result, SparkError};
use prost::Message;
use spark_connect_proto::plan::compressed_operation::OpType as PackedType;
use spark_connect_proto::plan::{CompressedOperation, OpType};
use spark_connect_proto::{Command, CompressionCodec, Plan, Relation};

/// A plan may have as much when unpacked.
const PLAN_BYTES_MAX: u64 = 512 << 20;

/// What a plan is.
#[derive(Debug, Clone)]
pub enum Request {
    /// Rows are wanted.
    Relation(Box<Relation>),
    /// Something is to be done.
    Command(Box<Command>),
}

impl Request {
    /// What `plan` asks for.
    ///
    /// # Errors
    /// `CONNECT_INVALID_PLAN` for a plan that is empty or cannot be unpacked.
    pub fn of(plan: Option<Plan>) -> Result<Self> {
        match plan.and_then(|plan| plan.op_type) {
            Some(OpType::Root(relation)) => Ok(Self::Relation(Box::new(relation))),
            Some(OpType::Command(command)) => Ok(Self::Command(Box::new(command))),
            Some(OpType::CompressedOperation(packed)) => unpack(&packed),
            None => Err(not_set("spark.connect.Plan", "OPTYPE_NOT_SET")),
        }
    }
}

/// The relation that `plan` is.
///
/// # Errors
/// `CONNECT_INVALID_PLAN` if it is not one.
pub fn relation(plan: Option<Plan>) -> Result<Relation> {
    match plan.and_then(|plan| plan.op_type) {
        None => Err(not_set("spark.connect.Relation", "RELTYPE_NOT_SET")),
        op_type => match Request::of(Some(Plan { op_type }))? {
            Request::Relation(relation) => Ok(*relation),
            Request::Command(_) => Err(not_set("spark.connect.Relation", "RELTYPE_NOT_SET")),
        },
    }
}

/// A field of which one case must be set has none.
pub fn not_set(message: &str, case: &str) -> SparkError {
    SparkError::new("CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SET").param("fullName", message).param("name", case)
}

fn unpack(packed: &CompressedOperation) -> Result<Request> {
    if packed.compression_codec() != CompressionCodec::Zstd {
        return Err(cannot_parse(format!("unknown compression codec {}", packed.compression_codec)));
    }
    let mut data = Vec::new();
    let decoder = zstd::Decoder::new(packed.data.as_ref()).map_err(cannot_parse)?;
    decoder.take(PLAN_BYTES_MAX + 1).read_to_end(&mut data).map_err(cannot_parse)?;
    if data.len() as u64 > PLAN_BYTES_MAX {
        return Err(SparkError::new("CONNECT_INVALID_PLAN.PLAN_SIZE_LARGER_THAN_MAX")
            .param("planSize", "unknown")
            .param("maxPlanSize", PLAN_BYTES_MAX.to_string()));
    }
    match packed.op_type() {
        PackedType::Relation => Relation::decode(data.as_slice())
            .map(|relation| Request::Relation(Box::new(relation)))
            .map_err(cannot_parse),
        PackedType::Command => {
            Command::decode(data.as_slice()).map(|command| Request::Command(Box::new(command))).map_err(cannot_parse)
        }
        PackedType::Unspecified => Err(cannot_parse("a compressed operation without a type")),
    }
}

fn cannot_parse(error: impl std::fmt::Display) -> SparkError {
    SparkError::new("CONNECT_INVALID_PLAN.CANNOT_PARSE").param("errorMsg", error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use spark_connect_proto::{Range, relation::RelType};

    #[test]
    fn a_compressed_plan_is_unpacked() {
        let relation =
            Relation { rel_type: Some(RelType::Range(Range { end: 3, ..Default::default() })), common: None };
        let data = zstd::encode_all(relation.encode_to_vec().as_slice(), 3).unwrap();
        let packed = |data: Vec<u8>| Plan {
            op_type: Some(OpType::CompressedOperation(CompressedOperation {
                data: data.into(),
                op_type: PackedType::Relation.into(),
                compression_codec: CompressionCodec::Zstd.into(),
            })),
        };
        assert_eq!(super::relation(Some(packed(data))).unwrap(), relation);
        let error = Request::of(Some(packed(b"nonsense".to_vec()))).unwrap_err();
        assert_eq!(error.condition(), Some("CONNECT_INVALID_PLAN.CANNOT_PARSE"));
    }

    #[test]
    fn an_empty_plan_is_refused() {
        for plan in [None, Some(Plan::default())] {
            let error = Request::of(plan).unwrap_err();
            assert_eq!(error.params()["name"], "OPTYPE_NOT_SET");
        }
    }
}
