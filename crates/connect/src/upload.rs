//! The `AddArtifacts` RPC: small artifacts in batches, large ones in chunks, over one stream.

use firesteel_error::{Exception, Result, SparkError};
use futures::{Stream, StreamExt};
use spark_connect_proto::AddArtifactsRequest;
use spark_connect_proto::add_artifacts_request::{ArtifactChunk, Payload};
use spark_connect_proto::add_artifacts_response::ArtifactSummary;
use tonic::Status;

use crate::artifact::{Artifacts, Incoming};

/// Takes what a client sends.
#[derive(Debug)]
pub struct Upload<'a> {
    artifacts: &'a Artifacts,
    /// A large artifact of which chunks are still to come.
    incoming: Option<Incoming>,
    summaries: Vec<ArtifactSummary>,
}

/// Why an upload ended early.
#[derive(Debug)]
pub enum Ended {
    /// The engine refuses something.
    Refused(SparkError),
    /// The connection broke.
    Broken(Status),
}

impl From<SparkError> for Ended {
    fn from(error: SparkError) -> Self {
        Self::Refused(error)
    }
}

impl<'a> Upload<'a> {
    /// Takes everything and says of each artifact whether it arrived whole.
    ///
    /// # Errors
    /// If a name, the order or the amount of data is wrong, or the connection breaks.
    pub async fn take(
        artifacts: &'a Artifacts,
        first: AddArtifactsRequest,
        mut rest: impl Stream<Item = Result<AddArtifactsRequest, Status>> + Unpin,
    ) -> Result<Vec<ArtifactSummary>, Ended> {
        let mut upload = Self { artifacts, incoming: None, summaries: Vec::new() };
        upload.message(first.payload)?;
        while let Some(message) = rest.next().await {
            upload.message(message.map_err(Ended::Broken)?.payload)?;
        }
        match upload.incoming {
            None => Ok(upload.summaries),
            Some(incoming) => Err(illegal(format!("The artifact {} ended early.", incoming.name())).into()),
        }
    }

    fn message(&mut self, payload: Option<Payload>) -> Result<()> {
        match payload {
            Some(Payload::Batch(batch)) if self.incoming.is_none() => batch.artifacts.into_iter().try_for_each(|one| {
                let chunk = one.data.unwrap_or_default();
                let mut incoming = Incoming::new(&one.name, chunk.data.len() as i64, 1)?;
                incoming.chunk(&chunk.data, chunk.crc)?;
                self.keep(&incoming)
            }),
            Some(Payload::BeginChunk(begin)) if self.incoming.is_none() => {
                let incoming = Incoming::new(&begin.name, begin.total_bytes, begin.num_chunks)?;
                self.chunk(incoming, &begin.initial_chunk.unwrap_or_default())
            }
            Some(Payload::Chunk(chunk)) => match self.incoming.take() {
                Some(incoming) => self.chunk(incoming, &chunk),
                None => Err(illegal("A chunk came before the artifact that it belongs to.")),
            },
            Some(_) => Err(illegal("An artifact came before the one before it was complete.")),
            None => Err(illegal("A message without artifacts came.")),
        }
    }

    fn chunk(&mut self, mut incoming: Incoming, chunk: &ArtifactChunk) -> Result<()> {
        incoming.chunk(&chunk.data, chunk.crc)?;
        if incoming.is_complete() {
            return self.keep(&incoming);
        }
        self.incoming = Some(incoming);
        Ok(())
    }

    fn keep(&mut self, incoming: &Incoming) -> Result<()> {
        let is_crc_successful = self.artifacts.keep(incoming)?;
        self.summaries.push(ArtifactSummary { name: incoming.name().to_string(), is_crc_successful });
        Ok(())
    }
}

fn illegal(text: impl Into<String>) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use spark_connect_proto::add_artifacts_request::BeginChunkedArtifact;

    fn chunk(data: &'static [u8]) -> ArtifactChunk {
        let mut crc = flate2::Crc::new();
        crc.update(data);
        ArtifactChunk { data: data.into(), crc: i64::from(crc.sum()) }
    }

    fn begin(bytes: i64, data: &'static [u8]) -> AddArtifactsRequest {
        let begin = BeginChunkedArtifact {
            name: "files/large".into(),
            total_bytes: bytes,
            num_chunks: 2,
            initial_chunk: Some(chunk(data)),
        };
        AddArtifactsRequest { payload: Some(Payload::BeginChunk(begin)), ..Default::default() }
    }

    fn next(data: &'static [u8]) -> AddArtifactsRequest {
        AddArtifactsRequest { payload: Some(Payload::Chunk(chunk(data))), ..Default::default() }
    }

    async fn take(
        artifacts: &Artifacts,
        mut messages: Vec<AddArtifactsRequest>,
    ) -> Result<Vec<ArtifactSummary>, Ended> {
        let first = messages.remove(0);
        Upload::take(artifacts, first, futures::stream::iter(messages.into_iter().map(Ok))).await
    }

    #[tokio::test]
    async fn chunks_are_put_together() {
        let artifacts = Artifacts::default();
        let summaries = take(&artifacts, vec![begin(6, b"abc"), next(b"def")]).await.unwrap();
        assert!(summaries[0].is_crc_successful);
        assert_eq!(std::fs::read(artifacts.root().unwrap().join("files/large")).unwrap(), b"abcdef");
    }

    #[tokio::test]
    async fn an_upload_out_of_order_is_refused() {
        for messages in [vec![next(b"x")], vec![begin(6, b"abc")], vec![begin(7, b"abc"), next(b"def")]] {
            let artifacts = Artifacts::default();
            assert!(matches!(take(&artifacts, messages).await, Err(Ended::Refused(_))));
            assert!(!artifacts.contains("files/large"));
        }
    }
}
